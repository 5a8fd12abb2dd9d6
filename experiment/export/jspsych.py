"""Raw data as jsPsych 8 writes them: one row per trial, and a table of interactions."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiment.export.columns import TRIALS
from experiment.export.dictionary import codebook
from experiment.export.exclusions import excluded_of
from experiment.export.facts import Facts
from experiment.export.images import copy_stimuli, stimulus_names
from experiment.export.native_tables import Progress, RunTable, write_run_tables
from experiment.export.readme import described, readme
from experiment.export.rows import ExportedRun, event_rows
from experiment.export.snapshot import Snapshot
from experiment.export.tables import JSPSYCH, Kind, Value
from experiment.export.trials import trial_rows
from experiment.export.workplace import Workplace

PLUGIN = "continuous-recognition"
# What is added to jsPsych's own columns, under the names of the codebook.
ADDED = (
    *("participant_id", "run_id", "run", "level", "position", "image_id", "phase", "role"),
    *("is_repeat", "lag", "n_intervening", "rt_ms", "is_early", "onset_ms", "offset_ms"),
    *("frame_ms", "dropped_frames", "is_interrupted", "had_focus", "first_run_id", "delay_s"),
)
DATA: dict[str, Kind] = {
    "rt": "whole",
    "response": "typed",
    "stimulus": "text",
    "trial_type": "text",
    "trial_index": "whole",
    "time_elapsed": "whole",
    "correct": "boolean",
    **{name: TRIALS[name] for name in ADDED},
    "is_excluded": "boolean",
}
INTERACTIONS: dict[str, Kind] = {
    "event": "typed",
    "trial": "whole",
    "time": "number",
    "run_id": "text",
}
FILES = {"data": "data.csv", "interaction_data": "interaction_data.csv"}
CONTENTS = (
    "Raw data under the names of jsPsych 8 and quoted as its `.csv()` quotes them; what is missing "
    "is `null`.\n\n"
    + described(
        {
            "data.csv": (
                "one row per shown trial: `rt` (whole ms from the image's onset to the key), "
                "`response` (the key), `stimulus` (the image's file), `trial_type`, `trial_index` "
                "(0-based place in the run), `time_elapsed` (whole ms from the run's first image "
                "until this one left the screen), `correct` (a key on a repeat, none on a first "
                "showing; `null` in a study phase), columns of the table trials in `codebook.md`, "
                "and `is_excluded` (the level, the run or the participant is left out of scores)"
            ),
            "interaction_data.csv": (
                "what disturbed the runs: `event`, `trial` (the 0-based trial on screen), `time` "
                "(ms since the run's first image), `run_id`; jsPsych's own events are `blur`, "
                "`focus`, `fullscreenenter` and `fullscreenexit`, `codebook.md` has the others"
            ),
            "export.json": "what was exported, with the sha256 of every file",
        }
    )
)


def write_jspsych(
    snapshot: Snapshot, work: Workplace, facts: Facts, progress: Progress | None
) -> dict[str, int]:
    """Write the data but for their manifest; returns the rows of each table's file."""
    stimuli = stimulus_names(snapshot.images, snapshot.image_set / "originals")
    tables = (
        RunTable("data", DATA, DataRows(stimuli)),
        RunTable("interaction_data", INTERACTIONS, interaction_rows),
    )
    rows = write_run_tables(snapshot, work, tables, FILES, JSPSYCH, progress)
    if snapshot.options.with_images:
        copy_stimuli(work, snapshot.images, snapshot.image_set / "originals")
    shutil.copyfile(codebook(), work.file("codebook.md"))
    work.file("README.md").write_text(readme(snapshot, facts, CONTENTS), encoding="utf-8")
    return rows


@dataclass(frozen=True, slots=True)
class DataRows:
    """Rows of trials as jsPsych names them."""

    stimuli: Mapping[str, str]  # image_id: file

    def __call__(self, session: Session, runs: Sequence[ExportedRun]) -> Iterator[list[Value]]:
        excluded = excluded_of(session, runs)
        by_id = {run.run_id: excluded[run.key] for run in runs}
        for row in trial_rows(session, runs):
            trial: dict[str, Any] = dict(zip(TRIALS, row, strict=True))
            yield [
                whole(trial["rt_ms"]),
                trial["key"],
                self.stimuli[trial["image_id"]],
                PLUGIN,
                trial["position"],
                whole(trial["offset_ms"]),
                None if trial["phase"] == "study" else trial["responded"] == trial["is_repeat"],
                *(trial[name] for name in ADDED),
                by_id[trial["run_id"]].has(trial["level"]),
            ]


def whole(ms: Value) -> Value:
    """A time in whole milliseconds."""
    return None if ms is None else round(float(ms))


def interaction_rows(session: Session, runs: Sequence[ExportedRun]) -> Iterator[list[Value]]:
    """Rows of events as jsPsych names them."""
    for run_id, position, event, at_ms in event_rows(session, runs):
        yield [event, position, at_ms, run_id]
