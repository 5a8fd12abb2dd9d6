"""BIDS, behavioural data: a table of events for each run, onsets and durations as measured."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from experiment.export.about import codes_of, without_codes
from experiment.export.bids_people import people_columns, people_described, people_rows
from experiment.export.citation import references
from experiment.export.columns import TRIALS
from experiment.export.data_state import state_of
from experiment.export.exclusions import excluded_of
from experiment.export.facts import Facts
from experiment.export.folder import write_json
from experiment.export.images import copy_stimuli, stimulus_names
from experiment.export.methods import method_paragraphs
from experiment.export.native_tables import Progress
from experiment.export.readme import readme
from experiment.export.rows import ExportedRun, count_by_run, event_rows
from experiment.export.snapshot import Snapshot
from experiment.export.tables import TSV, Kind, Table, Value
from experiment.export.trials import trial_rows
from experiment.export.workplace import Workplace
from experiment.models import Response

VERSION = "1.10.0"
TASK = "memory"
COLUMNS = Path(__file__).parent / "bids_events.json"  # what each column of the events means
EVENTS: dict[str, Kind] = {
    "onset": "number",
    "duration": "number",
    "trial_type": "typed",
    "response_time": "number",
    "stim_file": "text",
    "response": "typed",
    "position": "whole",
    "level": "whole",
    "phase": "text",
    "image_id": "text",
    "is_repeat": "boolean",
    "lag": "whole",
    "n_intervening": "whole",
    "since_first_showing": "number",
    "is_early": "boolean",
    "is_interrupted": "boolean",
    "is_excluded": "boolean",
    "had_focus": "boolean",
}
CONTENTS = (
    "A BIDS dataset (https://bids-specification.readthedocs.io) of behavioural data: for each "
    "participant and run a table of events, whose columns `task-memory_events.json` explains. "
    "Onsets and durations are measured, in seconds since the run's first image. Whoever saw no "
    "image is not in `participants.tsv`. `stimuli/` has {pictures}. `export.json` lists every file."
)


def write_bids(
    snapshot: Snapshot, work: Workplace, facts: Facts, progress: Progress | None
) -> dict[str, int]:
    """Write the dataset but for its manifest; returns the rows of each table's file."""
    kind = "originals" if snapshot.options.with_images else "thumbnails"
    stimuli = stimulus_names(snapshot.images, snapshot.image_set / kind)
    rows, shown = write_events(snapshot, work, stimuli, progress)
    with Table(work.file("participants.tsv"), people_columns(snapshot), TSV) as table:
        table.write(people_rows(snapshot, shown))
    rows["participants.tsv"] = table.n_rows
    copy_stimuli(work, snapshot.images, snapshot.image_set / kind)
    write_json(work.file("participants.json"), people_described(snapshot))
    write_json(work.file(f"task-{TASK}_events.json"), events_described(snapshot, facts))
    write_json(work.file("dataset_description.json"), description(snapshot, facts))
    pictures = "the images" if snapshot.options.with_images else "small pictures of the images"
    texts = {
        "README.md": readme(snapshot, facts, CONTENTS.format(pictures=pictures)),
        "CHANGES": changes(facts),
        ".bidsignore": "export.json\n",
    }
    for name, text in texts.items():
        work.file(name).write_text(text, encoding="utf-8")
    return rows


def write_events(
    snapshot: Snapshot, work: Workplace, stimuli: Mapping[str, str], progress: Progress | None
) -> tuple[dict[str, int], set[str]]:
    """Write a file for each run that showed anything; the rows of each, and whose they are."""
    rows: dict[str, int] = {}
    shown: set[str] = set()
    done = 0
    for runs in snapshot.runs():
        counted = count_by_run(snapshot.session, runs, Response.run_id)
        played = {file_of(run): run for run in runs if counted.get(run.key)}
        if played:
            files = {name: work.file(name) for name in played}
            state = state_of(snapshot.session, runs)
            rows |= work.part(state, files, EventWriter(snapshot.session, played, stimuli))
            shown |= {run.participant_id for run in played.values()}
        done += len(runs)
        if progress is not None:
            progress(done, len(snapshot.run_keys))
    return rows, shown


def file_of(run: ExportedRun) -> str:
    person = f"sub-{run.participant_id}"
    return f"{person}/beh/{person}_task-{TASK}_run-{run.number}_events.tsv"


@dataclass(frozen=True, slots=True)
class EventWriter:
    """Writes the table of each of some runs."""

    session: Session
    runs: Mapping[str, ExportedRun]  # by file
    stimuli: Mapping[str, str]  # image_id: file

    def __call__(self, files: Mapping[str, Path]) -> dict[str, int]:
        """Returns the rows of each file."""
        runs = list(self.runs.values())
        found: dict[str, list[list[Value]]] = {run.run_id: [] for run in runs}
        for run_id, row in (*self.trials(runs), *self.disturbances(runs)):
            found[run_id].append(row)
        n_rows = {}
        for name, run in self.runs.items():
            with Table(files[name], EVENTS, TSV) as table:
                table.write(sorted(found[run.run_id], key=when))
            n_rows[name] = table.n_rows
        return n_rows

    def trials(self, runs: Sequence[ExportedRun]) -> Iterator[tuple[str, list[Value]]]:
        """The run and the row of each shown trial."""
        excluded = excluded_of(self.session, runs)
        by_id = {run.run_id: excluded[run.key] for run in runs}
        for row in trial_rows(self.session, runs):
            trial: dict[str, Any] = dict(zip(TRIALS, row, strict=True))
            yield (
                trial["run_id"],
                [
                    seconds(trial["onset_ms"]),
                    seconds(trial["offset_ms"] - trial["onset_ms"]),
                    trial["role"],
                    seconds(trial["rt_ms"]),
                    self.stimuli[trial["image_id"]],
                    "space" if trial["key"] == " " else trial["key"],
                    trial["position"],
                    trial["level"],
                    trial["phase"],
                    trial["image_id"],
                    trial["is_repeat"],
                    trial["lag"],
                    trial["n_intervening"],
                    trial["delay_s"],
                    trial["is_early"],
                    trial["is_interrupted"],
                    by_id[trial["run_id"]].has(trial["level"]),
                    trial["had_focus"],
                ],
            )

    def disturbances(self, runs: Sequence[ExportedRun]) -> Iterator[tuple[str, list[Value]]]:
        """The run and the row of each event that is no trial."""
        nothing = [None] * (len(EVENTS) - 7)
        for run_id, position, event, at_ms in event_rows(self.session, runs):
            onset = seconds(at_ms)
            yield str(run_id), [onset, 0, event, None, None, None, position, *nothing]


def when(row: Sequence[Any]) -> tuple[float, bool]:
    """Sorts by onset; of two at once the trial comes first."""
    return row[0], row[4] is None


def seconds(ms: Any) -> float | None:
    """Milliseconds in seconds, to the microsecond."""
    return None if ms is None else round(ms / 1000, 6)


def events_described(snapshot: Snapshot, facts: Facts) -> dict[str, Any]:
    """What each column of the tables of events holds, and how the task was given."""
    from hitrate import __version__

    definition = snapshot.study.definition
    instructions = definition.get("texts", {}).get("instructions")
    about: dict[str, Any] = {
        "TaskName": TASK,
        "TaskDescription": method_paragraphs(snapshot.study, facts, snapshot.options)["Task"],
        "StimulusPresentation": {"SoftwareName": "hitrate", "SoftwareVersion": __version__},
    }
    if instructions:
        codes = codes_of(definition.get("recruitment"))
        about["Instructions"] = without_codes(instructions, codes)
    columns: dict[str, Any] = json.loads(COLUMNS.read_text(encoding="utf-8"))
    return about | columns


def description(snapshot: Snapshot, facts: Facts) -> dict[str, Any]:
    """dataset_description.json."""
    from hitrate import __version__

    cited = references(snapshot.study, facts)
    licence = snapshot.study.definition.get("licence")
    return {
        "Name": snapshot.title,
        "BIDSVersion": VERSION,
        "DatasetType": "raw",
        **({"License": licence} if licence else {}),
        "HowToAcknowledge": f"Please cite: {cited.pop('These data')}",
        "ReferencesAndLinks": list(cited.values()),
        "GeneratedBy": [{"Name": "hitrate", "Version": __version__}],
    }


def changes(facts: Facts) -> str:
    """CHANGES as BIDS wants it (CPAN's form): which state of the data this is."""
    if facts.last_at is None:
        return "1.0.0 1970-01-01\n  - Nothing was collected yet.\n"
    return (
        f"1.0.0 {facts.last_at:%Y-%m-%d}\n"
        f"  - The data as they were at {facts.last_at:%Y-%m-%d %H:%M:%S} UTC.\n"
    )
