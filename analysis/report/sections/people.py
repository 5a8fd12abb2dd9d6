"""What people remembered: scores, the images in order, and who took part."""

import pandas as pd

from analysis.readable import count, decimal
from analysis.report.blocks import (
    Block,
    Figure,
    File,
    Gallery,
    PointNames,
    Section,
    Strip,
    Subheading,
    Table,
    Text,
)
from analysis.report.figures.ranked import MOST_RANKED, drawn_ranks, ranked
from analysis.report.figures.style import PAGE
from analysis.report.galleries import GALLERY, STRIP, evenly, ranking, tile
from analysis.report.numbers import Numbers
from analysis.report.phrases import capital, frame
from analysis.report.sections.categories import category_blocks, category_files
from analysis.report.sections.familiarity import familiarity_blocks
from analysis.report.sections.lags import lag_blocks, lag_files
from analysis.report.sections.long_tables import MOST_ROWS, images_table, participants_table
from analysis.scores.names import SCORE_TITLES, SCORE_WORDS


def people_section(numbers: Numbers) -> Section:
    """The scores over all images, then the images themselves, then every participant."""
    ordered = ranking(numbers)
    half = min(GALLERY, len(ordered) // 2)
    most, least = "most memorable", "least memorable"
    if numbers.score == "false_alarm_rate":
        most, least = "most often taken for old when new", "least often"
    return Section(
        heading="What people remembered",
        blocks=[
            Text([mean_score(numbers)]),
            summary_table(numbers),
            ranked_figure(numbers),
            strip(numbers, ordered, f"From {most} to {least}"),
            Subheading(capital(most)),
            Gallery([tile(numbers, image_id) for image_id in ordered[:half]]),
            Subheading(capital(least)),
            Gallery([tile(numbers, image_id) for image_id in ordered[::-1][:half]]),
            *familiarity_blocks(numbers),
            *lag_blocks(numbers),
            *category_blocks(numbers),
            *every_image(numbers),
            *every_participant(numbers),
        ],
        files=files(numbers),
    )


def mean_score(numbers: Numbers) -> str:
    """The report's score over all images, in a sentence."""
    main = next(s for s in numbers.summaries if s.score == numbers.score)
    text = f"The mean {numbers.score_label} of {count(main.n_images, 'image')} is "
    text += f"{decimal(main.mean)} (lowest {decimal(main.least)}, highest {decimal(main.most)})"
    if main.responses_per_image is not None:
        n_responses = decimal(main.responses_per_image, 1)
        text += f", from {n_responses} responses to each image on average"
        behind = "firsts" if numbers.score == "false_alarm_rate" else "repeats"
        n = numbers.images.loc[numbers.images[numbers.score].notna(), behind].dropna()
        if n.min() < n.max():
            text += f" ({n.min():,} to {n.max():,})"
    return text + "."


def summary_table(numbers: Numbers) -> Table:
    """Each score over all images, rounded for reading."""
    rows = [
        [
            SCORE_TITLES.get(s.score, SCORE_WORDS.get(s.score, s.score)),
            f"{s.n_images:,}",
            decimal(s.mean, 3),
            decimal(s.sd, 3),
            decimal(s.least, 3),
            decimal(s.most, 3),
            decimal(s.responses_per_image, 1),
        ]
        for s in numbers.summaries
    ]
    columns = [
        "Score",
        "Images",
        "Mean",
        "SD of images",
        "Lowest",
        "Highest",
        "Responses per image",
    ]
    return Table("Scores over all images", columns, rows)


def ranked_figure(numbers: Numbers) -> Figure:
    """The images in order, with their intervals."""
    label = numbers.score_label
    drawn = points(numbers.images, numbers.score)
    n_images = len(drawn.dropna(subset=["y"]))
    return Figure(
        id="ranked",
        chart=ranked(drawn, y_title=label, palette=PAGE),
        label=f"Images sorted by {label}",
        caption=(
            f"{MOST_RANKED} of {n_images:,} images, evenly chosen by rank: every"
            if n_images > MOST_RANKED
            else "Every"
        )
        + f" dot is an image, from the highest to the lowest {label}; the lines are 95% "
        "intervals. Where neighbours' lines overlap widely, their order is not certain.",
        points=PointNames("Rank", capital(label), x_digits=0),
        wanted=list(drawn_ranks(drawn)["image_id"]),
    )


def points(images: pd.DataFrame, score: str) -> pd.DataFrame:
    """image_id, y, low and high of a score."""
    columns = {score: "y", f"{score}_low": "low", f"{score}_high": "high"}
    present = {old: new for old, new in columns.items() if old in images}
    return images[list(present)].rename(columns=present).astype(float).reset_index()


def strip(numbers: Numbers, ordered: list[str], heading: str) -> Strip:
    """Pictures from the one end to the other."""
    shown = evenly(ordered, STRIP)
    few = len(shown) < len(ordered)
    which = f"{len(shown)} of {len(ordered)} images" if few else "All images"
    caption = f"{which}, sorted by {numbers.score_label}"
    return Strip(
        heading=heading,
        caption=f"{caption}, evenly chosen by rank." if few else f"{caption}.",
        tiles=[tile(numbers, image_id) for image_id in shown],
    )


def every_image(numbers: Numbers) -> list[Block]:
    """The table of images."""
    hint, n_rows = "Press a column's name to sort by it.", len(numbers.images)
    if n_rows > MOST_ROWS:
        hint += (
            f" The {MOST_ROWS:,} images with the highest {numbers.score_label} are here; all "
            f"{n_rows:,} are in image_scores.csv."
        )
    return [Subheading("Every image"), Text([hint], "hint faint"), images_table(numbers)]


def every_participant(numbers: Numbers) -> list[Block]:
    """The table of participants; nothing where only counts are known."""
    table = participants_table(numbers)
    if table is None:
        return []
    hint, n_rows = "Each person's own trials with target images.", len(table.rows)
    if n_rows < (numbers.n_participants or 0):
        hint += f" The first {n_rows:,} are here; all are in participants.csv."
    return [Subheading("Every participant"), Text([hint], "hint faint"), table]


def files(numbers: Numbers) -> list[File]:
    """Scores of images and people, and their summary."""
    images = numbers.images.reset_index()
    found = [
        File("image_scores.csv", images, "every image: counts, scores, intervals"),
        File("summary.csv", frame(numbers.summaries), "every score over all images"),
    ]
    if numbers.participants is not None:
        people = numbers.participants.reset_index()
        found.append(File("participants.csv", people, "every participant: counts and scores"))
    return [*found, *lag_files(numbers), *category_files(numbers)]
