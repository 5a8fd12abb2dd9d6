"""The table [recruitment] of a study file."""

from typing import Any

import pytest

from experiment.errors import StudyError
from experiment.recruitment.definition import parse_recruitment

SONA = {
    "kind": "sona",
    "host": "uni.sona-systems.com",
    "experiment_id": 123,
    "credit_token": "f00",
}


def test_a_study_without_the_table_has_no_recruiter() -> None:
    assert parse_recruitment({}, "a.toml") == {"kind": "none", "codes": {}, "must_have_id": False}


def test_recruiters_that_give_an_id_ask_for_it_unless_the_study_does_not() -> None:
    codes = {"completed": "C1"}
    table: dict[str, Any] = {"kind": "prolific", "codes": codes}
    assert parse_recruitment(table, "a.toml")["must_have_id"] is True
    free = parse_recruitment(table | {"must_have_id": False}, "a.toml")
    assert free == {"kind": "prolific", "codes": codes, "must_have_id": False}
    assert parse_recruitment({"kind": "lab"}, "a.toml")["must_have_id"] is False


def test_sona_and_redirects_keep_what_their_addresses_are_made_of() -> None:
    sona = parse_recruitment(SONA, "a.toml")
    assert (sona["experiment_id"], sona["credited"]) == ("123", ["completed"])
    redirects = {"completed": "https://connect.example.org:8443/done?a={assignmentId}&x=1"}
    table = {"kind": "redirect", "id_parameter": "participantId", "redirects": redirects}
    assert parse_recruitment(table, "a.toml")["redirects"] == redirects


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("prolific", r"write a table \[recruitment\]"),
        ({"kind": "prolifik"}, "kind is 'prolifik'; did you mean 'prolific'"),
        ({"kind": ["lab"]}, "kind"),
        ({"kind": "lab", "cods": {}}, "cods is unknown for lab; did you mean 'codes'"),
        ({"kind": "prolific"}, "codes.completed is missing"),
        ({"codes": ["a"]}, r"write a table \[recruitment.codes\]"),
        ({"codes": {"complete": "A"}}, "did you mean 'completed'"),
        ({"codes": {"completed": "A B"}}, "use letters"),
        ({"codes": {"completed": 5}}, "use letters"),
        ({"codes": {"completed": "A", "full": "A"}}, "another outcome"),
        ({"must_have_id": True}, "no recruiter gives an id"),
        ({"kind": "lab", "must_have_id": "yes"}, "write true or false"),
        (SONA | {"host": "sona-systems.com.evil.org"}, "host"),
        (SONA | {"host": "evil.org/x.sona-systems.com"}, "host"),
        (SONA | {"credit_token": "a&b"}, "credit_token"),
        (SONA | {"experiment_id": True}, "experiment_id"),
        (SONA | {"credited": ["some"]}, "credited"),
        ({"kind": "redirect"}, "redirects is missing"),
        ({"kind": "redirect", "must_have_id": True}, "id_parameter is missing"),
        ({"kind": "redirect", "id_parameter": "a b"}, "parameter's name"),
        ({"kind": "redirect", "redirects": {"done": "https://a.org/"}}, "redirects.done"),
        ({"kind": "redirect", "redirects": {"full": "https://a.org/{a/b}"}}, "parameter's name"),
    ],
)
def test_what_is_wrong_is_named(table: object, words: str) -> None:
    with pytest.raises(StudyError, match=rf"^a\.toml: recruitment.*{words}"):
        parse_recruitment(table, "a.toml")


@pytest.mark.parametrize(
    "template",
    [
        "https://{host}/done",
        "https://a.org{path}",
        "https://{user}@a.org/",
        "{address}",
        "http://a.org/",
        "javascript:alert(1)",
        "//a.org/",
        "https://a.org/\nSet-Cookie: x",
        "https://a.org\\@b.org/",
    ],
)
def test_what_came_in_never_decides_where_people_are_sent(template: str) -> None:
    table = {"kind": "redirect", "redirects": {"completed": template}}
    with pytest.raises(StudyError, match="the first slash only"):
        parse_recruitment(table, "a.toml")
