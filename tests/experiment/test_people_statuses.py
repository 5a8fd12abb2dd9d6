"""The recruiter's list of statuses: odd files, what would change, what is given back."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from experiment.access import COMMAND
from experiment.coverage import coverage
from experiment.database import Database
from experiment.errors import ConflictError, InvalidError
from experiment.models import Participant
from experiment.people.everybody import Wanted
from experiment.people.listing import list_people
from experiment.people.status_files import StatusFile, read_statuses, written
from experiment.people.statuses import Import, apply_statuses, compare_statuses
from experiment.places import places_left
from experiment.recording import Batch, record_batches
from experiment.runs import find_study
from tests.experiment.people_rows import entries, write_person, write_run, write_trials
from tests.experiment.recruiting import CODES, recruit, set_quota
from tests.experiment.visitor import Visitor, response

# As Prolific's download has it, shortened by columns of the same kind.
PROLIFIC = """Submission id,Participant id,Status,Started at,Time taken,Completion code,Approvals
S1,ID1,AWAITING REVIEW,2026-03-01T09:00:00.000000Z,312,CODE-WHOLE,41
S2,ID2,RETURNED,2026-03-01T09:00:00.000000Z,,,3
S3,ID3,TIMED-OUT,2026-03-01T09:00:00.000000Z,3600,,0
S9,ID9,APPROVED,2026-03-01T09:00:00.000000Z,300,CODE-WHOLE,7
"""
MTURK = (
    '"HITId","AssignmentId","WorkerId","AssignmentStatus","Input.url","Answer.outcome"\n'
    '"H","A1","ID1","Submitted","https://x","completed"\n"H","A2","ID2","Approved","",""\n'
)
SOON = datetime.now(UTC) + timedelta(hours=1)


def told(content: bytes | str) -> dict[str, str]:
    data = content.encode() if isinstance(content, str) else content
    return {line.external_id: line.status for line in read_statuses(data).lines}


@pytest.mark.parametrize(
    "content",
    [
        "id,status\nID1,approved\nID2,timed_out\n",
        "\ufeffid;status\r\nID1;APPROVED\r\nID2;TIMED-OUT\r\n",
        "sep=;\nid;status\nID1;Approved\nID2;Timed out\n",
        "Status\tParticipant id\nAPPROVED\tID1\nTIMED-OUT\tID2\n".encode("utf-16"),
        'worker_id,Country,assignment status\nID1,"Côte d\'Ivoire, ""x""",Approved\n\n'
        "ID2,Malmö,timed out\n".encode("cp1252"),
        'id,status\n="ID1",approved\n"ID2", timed-out \n,\n',
        "\n\nid,status,more\nID1,APPROVED\nID2,TIMED-OUT,x,y\n",
    ],
    ids=["plain", "mark", "excel", "utf16", "latin", "quoted", "ragged"],
)
def test_a_list_is_read_whatever_program_saved_it(content: bytes | str) -> None:
    assert told(content) == {"ID1": "approved", "ID2": "timed_out"}


def test_prolifics_and_mturks_own_downloads_are_read() -> None:
    assert told(PROLIFIC) == {
        "ID1": "awaiting", "ID2": "returned", "ID3": "timed_out", "ID9": "approved",
    }  # fmt: skip
    assert told(MTURK) == {"ID1": "awaiting", "ID2": "approved"}
    first = read_statuses(PROLIFIC.encode()).lines[0]
    assert (first.submission, first.code, first.line) == ("S1", "CODE-WHOLE", 2)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"a,b\n1,2\n", "no column of ids in a, b"),
        (b"id,b\n1,2\n", "no column of statuses"),
        (b"id,status\n", "no lines below"),
        (b"PK\x03\x04\0\0\0", "no text file"),
        (b"id,status\n" + b"1,active\n" * 50_001, "at most 50000"),
        (b'id,status\n1,"' + b"x" * 140_000, "line"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidError, match=reason):
        read_statuses(content)


def test_lines_that_say_nothing_we_know_are_told_and_the_others_taken() -> None:
    file = read_statuses(b"id,status\nID1,approved\nID2,who knows\n,approved\n")
    assert [line.external_id for line in file.lines] == ["ID1"]
    assert [odd.partition(":")[0] for odd in file.not_understood] == ["line 3", "line 4"]
    assert "'who knows'" in file.not_understood[0]


def test_a_list_that_is_written_down_is_read_as_it_was() -> None:
    for content in (PROLIFIC.encode(), MTURK.encode(), b"id,status\n=1+1,active\n"):
        before = read_statuses(content)
        again = read_statuses(written(before.lines).encode())
        assert [(a.external_id, a.status, a.submission, a.code) for a in again.lines] == [
            (b.external_id, b.status, b.submission, b.code) for b in before.lines
        ]


@pytest.fixture
def sent(app: Flask, database: Database) -> Database:
    """Four people from Prolific: two completed it, one plays, one has left; a fifth has no id."""
    recruit(database, kind="prolific", codes=CODES)
    with database.write() as session:
        study = find_study(session, "pictures")
        write_trials(session, write_run(session, write_person(session, study, 1, "prolific")), "CH")
        write_person(session, study, 2, "prolific")
        playing = write_person(
            session, study, 3, "prolific", outcome=None, reserved_until=SOON, person="playing"
        )
        run = write_run(session, playing, minutes=None, reserved_until=SOON)
        write_trials(session, run, "..C...")
        write_person(session, study, 4, "prolific", outcome=None)
        write_person(session, study, 5)
    return database


def compared(database: Database, content: str) -> Import:
    with database.read() as session:
        return compare_statuses(session, find_study(session, "pictures"), file_of(content))


def file_of(content: str) -> StatusFile:
    return read_statuses(content.encode())


def number(public_id: str) -> int:
    return int(public_id, 16)


def test_a_list_says_first_what_it_would_change(sent: Database) -> None:
    found = compared(sent, PROLIFIC)
    changes = {number(change.public_id): change for change in found.changes}
    assert {n: (c.before, c.after, c.frees) for n, c in changes.items()} == {
        1: (None, "awaiting", False), 2: (None, "returned", False), 3: (None, "timed_out", True),
    }  # fmt: skip
    assert [line.external_id for line in found.unknown] == ["ID9"]
    hints = {number(hint.public_id): hint.words for hint in found.hints}
    assert list(hints) == [2]
    assert "completed the study here, but returned" in hints[2]
    with sent.read() as session:
        assert set(session.scalars(select(Participant.recruiter_status))) == {None}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ID1,AWAITING REVIEW,CODE-CARELESS", "the code of 'ended: attention', but ended as"),
        ("ID1,APPROVED,NOCODE", "ended as 'completed' here, but handed in no code"),
        ("ID1,APPROVED,something", "a code that is none of this study's"),
        ("ID4,AWAITING REVIEW,CODE-WHOLE", "has not ended here: look at what they did"),
        ("ID1,AWAITING REVIEW,code-whole", None),
        ("ID4,ACTIVE,", None),
        ("ID4,RETURNED,", None),
    ],
)
def test_codes_and_outcomes_that_do_not_fit_are_hinted_at(
    sent: Database, line: str, words: str | None
) -> None:
    found = compared(sent, f"Participant id,Status,Completion code\n{line}\n")
    assert [words in hint.words for hint in found.hints if words] == ([True] if words else [])
    assert words is not None or found.hints == ()


def test_who_returned_or_timed_out_gives_back_place_and_images_but_no_data(sent: Database) -> None:
    set_quota(sent, 4)
    with sent.write() as session:
        study = find_study(session, "pictures")
        assert places_left(session, study) == 0  # three completed, one on the way
        assert sum(coverage(session, study).values()) == 1
        apply_statuses(session, study, file_of("id,status\nID3,RETURNED\nID1,TIMED-OUT\n"), COMMAND)
        assert places_left(session, study) == 1
        # The images of the run that is not finished are free; what was answered still counts.
        assert sum(coverage(session, study).values()) == 1
    with sent.write() as session:
        late = record_batches(session, [Batch("token 3 1", [late_response()])])
    assert [getattr(receipt, "stored", None) for receipt in late] == [[3]]


def late_response() -> dict[str, object]:
    return response(3)


def test_images_that_are_promised_to_a_run_are_free_once_it_is_returned(
    app: Flask, database: Database
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    Visitor(app).begin_run("?PROLIFIC_PID=ID1")
    with database.write() as session:
        study = find_study(session, "pictures")
        assert sum(coverage(session, study).values()) == 3
        apply_statuses(session, study, file_of("id,status\nID1,returned\n"), COMMAND)
        assert coverage(session, study) == {}
        again = compare_statuses(session, study, file_of("id,status\nID1,returned\n"))
    assert (again.changes, again.n_same) == ((), 1)


def test_who_gave_the_place_back_is_never_payable(sent: Database) -> None:
    with sent.write() as session:
        study = find_study(session, "pictures")
        apply_statuses(session, study, file_of(PROLIFIC), COMMAND)
        entry = entries(session, "statuses")[0]
    assert entry.detail == {"awaiting": 1, "returned": 1, "timed_out": 1, "unknown": 1}
    with sent.read() as session:
        study = find_study(session, "pictures")
        payable = list_people(session, study, Wanted(only="payable"))
        odd = list_people(session, study, Wanted(only="at_odds"))
    assert [number(person.public_id) for person in payable] == [5, 1]
    assert [number(person.public_id) for person in odd] == [2]


def test_of_several_submissions_the_one_that_came_here_counts(sent: Database) -> None:
    rows = ["submission_id,id,status", "X,ID1,RETURNED", "S1,ID1,AWAITING", "Y,ID1,TIMED-OUT"]
    for lines in (rows, [rows[0], *rows[:0:-1]]):
        [change] = compared(sent, "\n".join(lines)).changes
        assert change.after == "awaiting"
    # None of them came here: the best one for the person.
    [change] = compared(sent, "id,status\nID1,RETURNED\nID1,APPROVED\nID1,ACTIVE\n").changes
    assert change.after == "approved"


def test_who_ended_here_and_is_not_on_the_list_is_named(sent: Database) -> None:
    found = compared(sent, "id,status\nID1,approved\n")
    assert [number(public_id) for public_id in found.absent] == [2]


def test_a_study_without_a_recruiter_takes_no_list(app: Flask, database: Database) -> None:
    with pytest.raises(ConflictError, match="no recruiter"):
        compared(database, PROLIFIC)
