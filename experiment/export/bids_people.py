"""participants.tsv of BIDS: who is in the dataset, and what they answered."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from experiment.export.people import answer_rows, participant_rows
from experiment.export.snapshot import Snapshot
from experiment.export.tables import Kind, Value
from experiment.questions.question import DECLINED

# Columns of participants.tsv whose values BIDS prescribes.
RESERVED = ("species", "age", "sex", "handedness", "strain", "strain_rrid", "hed")
FACTS: dict[str, Kind] = {
    "participant_id": "text",
    "state": "text",
    "outcome": "text",
    "is_preview": "boolean",
    "is_simulated": "boolean",
}
OLDEST = 89  # an age above that may tell who somebody is; BIDS has 89+ for it


def question_columns(snapshot: Snapshot) -> dict[str, str]:
    """The column of each question by its id; an age in years is BIDS's own column."""
    columns = {}
    for question in snapshot.study.definition.get("questions", []):
        name = question["id"]
        is_age = name == "age" and question["kind"] == "number"
        is_taken = name in FACTS or name.lower() in RESERVED
        if question["kind"] != "statement":
            columns[name] = f"answer_{name}" if is_taken and not is_age else name
    return columns


def people_columns(snapshot: Snapshot) -> dict[str, Kind]:
    """Columns of participants.tsv."""
    return FACTS | dict.fromkeys(question_columns(snapshot).values(), "typed")


def people_rows(snapshot: Snapshot, shown: Collection[str]) -> Iterator[list[Value]]:
    """One row for each participant of `shown`: those who have a file."""
    columns = question_columns(snapshot)
    answers = grouped_answers(snapshot)
    person, given = next(answers, ("", {}))
    for public_id, state, _, is_preview, is_simulated, outcome, _ in participant_rows(snapshot):
        while person and person < str(public_id):
            person, given = next(answers, ("", {}))
        own = given if person == public_id else {}
        if public_id in shown:
            yield [
                f"sub-{public_id}",
                state,
                outcome,
                is_preview,
                is_simulated,
                *(told(name, own.get(name, [])) for name in columns),
            ]


def grouped_answers(snapshot: Snapshot) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Each participant who answered anything, in their order, with the answers by question."""
    person, given = "", dict[str, list[str]]()
    for public_id, question, value, _ in answer_rows(snapshot):
        if public_id != person:
            if person:
                yield person, given
            person, given = str(public_id), {}
        if value is not None:
            given.setdefault(str(question), []).append(str(value))
    if person:
        yield person, given


def told(question: str, values: list[str]) -> Value:
    """Answers as one field: an age as BIDS has it, several ticks side by side."""
    if question == "age" and len(values) == 1:
        try:
            return "89+" if float(values[0]) >= OLDEST else values[0]
        except ValueError:
            return None if values[0] == DECLINED else values[0]
    return "; ".join(values) or None


def people_described(snapshot: Snapshot) -> dict[str, Any]:
    """participants.json: what each column holds."""
    asked: Mapping[str, Mapping[str, Any]] = {
        question["id"]: question for question in snapshot.study.definition.get("questions", [])
    }
    described: dict[str, Any] = {
        "participant_id": {"Description": "A random id that means nothing elsewhere"},
        "state": {
            "Description": "Where the participant's runs stand",
            "Levels": {
                "consented": "agreed to take part and began no run",
                "in_progress": "a run is being played",
                "finished": "a run is finished and none is being played",
            },
        },
        "outcome": {
            "Description": "How the participation ended; n/a: it has not",
            "Levels": {
                "completed": "as planned",
                "attention": "by an attention rule",
                "stopped": "at a rest by the participant's own wish",
                "screened_out": "by an answer before the game",
                "no_consent": "without consent",
                "full": "nobody more was needed",
            },
        },
        "is_preview": {"Description": "A researcher who tried the study"},
        "is_simulated": {"Description": "A simulated participant, who is no person"},
    }
    for name, column in question_columns(snapshot).items():
        question = asked[name]
        label = question["label"] or f"The ready-made question '{question['use']}'"
        described[column] = {"Description": " ".join(label.split())}
        if column == "age":
            described[column]["Units"] = "year"
        if question["options"]:
            described[column]["Levels"] = dict(question["options"])
    return described
