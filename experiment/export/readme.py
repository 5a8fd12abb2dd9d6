"""README.md of an export: what it is, how it was collected, what to cite."""

from collections.abc import Mapping
from typing import Any

from experiment.export.citation import references
from experiment.export.facts import Facts
from experiment.export.methods import method_paragraphs
from experiment.export.snapshot import Snapshot


def readme(snapshot: Snapshot, facts: Facts, contents: str) -> str:
    """The page as Markdown; `contents` says what the files of this flavour are."""
    notice = snapshot.study.definition.get("notice")
    licence = snapshot.study.definition.get("licence")
    sections = [
        f"# {on_a_line(snapshot.title)}",
        *([f"**{on_a_line(notice)}**"] if notice else []),
        contents.strip(),
        "Nobody can be told from these files by a name or number that anybody else knows: people "
        "and runs stand under random ids. Text that people typed and that a spreadsheet would "
        "take for a formula begins with `'`. The same data give the same files, byte for byte; "
        "the sha256 of each is in the manifest.",
        f"Licence of the data: {on_a_line(licence) if licence else 'not given'}.",
        "## Method",
        *(
            f"**{heading}.** {text}"
            for heading, text in method_paragraphs(snapshot.study, facts, snapshot.options).items()
        ),
        "## How to cite",
        "\n".join(f"- {what}: {how}" for what, how in references(snapshot.study, facts).items()),
    ]
    return "\n\n".join(sections) + "\n"


def changes(facts: Facts) -> str:
    """CHANGES: which state of the data this is."""
    if facts.last_at is None:
        return "# Changes\n\n## 1.0.0\n\n- Nothing was collected yet.\n"
    return (
        "# Changes\n\n"
        f"## 1.0.0\n\n- The data as they were at {facts.last_at:%Y-%m-%d %H:%M:%S} UTC, when the "
        "latest of what they hold happened.\n"
    )


def on_a_line(text: Any) -> str:
    """Text without line breaks."""
    return " ".join(str(text).split())


def described(descriptions: Mapping[str, str]) -> str:
    """A Markdown list of files and what they hold."""
    return "\n".join(f"- `{file}`: {text}" for file, text in descriptions.items())
