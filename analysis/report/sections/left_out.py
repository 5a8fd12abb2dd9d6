"""Who and what was left out."""

from analysis.report.blocks import File, Section, Table, Text
from analysis.report.numbers import Numbers
from analysis.report.phrases import counted, frame
from analysis.report.sections.exclusions import (
    early_keys,
    exclusion_blocks,
    exclusion_files,
    presentation,
)


def left_out_section(numbers: Numbers) -> Section:
    """Reasons and counts, and what other exclusions would change."""
    texts = ["Nothing: every person, trial and image of the dataset enters the scores."]
    rows = [[counted(part), part.reason] for part in numbers.left_out]
    return Section(
        heading="Who and what was left out",
        blocks=[
            Text([] if numbers.left_out else texts),
            Table("What was left out", ["What", "Why"], rows, text=[0, 1]),
            Text([*early_keys(numbers), *presentation(numbers)]),
            *exclusion_blocks(numbers),
        ],
        files=[
            File("left_out.csv", frame(numbers.left_out), "who and what was left out, and why"),
            *exclusion_files(numbers),
        ],
    )
