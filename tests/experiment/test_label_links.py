"""`hitrate study link` for the people of a lab or class."""

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from experiment.commands.study import study as command
from experiment.database import Database
from experiment.errors import StudyError
from experiment.settings import Settings
from tests.experiment.recruiting import identities, people, recruit
from tests.experiment.visitor import Visitor


@pytest.fixture
def environment(
    app: Flask,
    database: Database,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An instance that the command finds, with a study of a lab."""
    recruit(database, kind="lab")
    monkeypatch.setenv("HITRATE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("HITRATE_SECRET_KEY", settings.secret_key)


def link(*options: str) -> Result:
    return CliRunner().invoke(command, ["link", "pictures", *options])


def query_of(address: str) -> str:
    return address.strip().partition("/s/pictures")[2]


@pytest.mark.usefixtures("environment")
def test_a_label_leads_one_person_to_their_run_on_any_device(
    app: Flask, database: Database
) -> None:
    query = query_of(link("--label", "P 01/ü").output)
    first = Visitor(app).take_part(query)["run_url"]
    assert Visitor(app).take_part(query)["run_url"] == first
    assert Visitor(app).take_part(query_of(link("--label", "P02").output))["run_url"] != first
    labels = [(identity.recruiter, identity.external_id) for identity in identities(database)]
    assert labels == [("lab", "P 01/ü"), ("lab", "P02")]


@pytest.mark.usefixtures("environment")
def test_nobody_takes_a_label_without_its_hash(visitor: Visitor, database: Database) -> None:
    query = query_of(link("--label", "P01").output)
    for forged in (
        query.replace("P01", "P02"),
        query.partition("&hash")[0],
        f"{query[:-1]}{'0' if query[-1] != '0' else '1'}",
        f"{query}&hash=x",
        query.replace("hash=", "hash=é"),
    ):
        page = visitor.get(forged)
        assert (page.status_code, "missing from your link" in page.text) == (400, True)
    assert people(database) == []
    # One link for all has no label, where the study allows it.
    assert visitor.take_part()["run_url"]
    recruit(database, kind="lab", must_have_id=True)
    assert Visitor(visitor.client.application).get().status_code == 400


@pytest.mark.usefixtures("environment")
def test_a_file_of_labels_becomes_a_table_of_links(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "class.txt"
    file.write_text('\ufeffP01\n\n Ann, "the first" \nP03\n', encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(link("--labels", str(file)).output)))
    assert [row["participant_label"] for row in rows] == ["P01", 'Ann, "the first"', "P03"]
    for row in rows:
        assert Visitor(app).get(query_of(row["link"])).status_code == 200
    assert query_of(rows[0]["link"]) == query_of(link("--label", "P01").output)


@pytest.mark.usefixtures("environment")
def test_labels_that_cannot_be_used_are_named(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "class.txt"
    for text, words in (("", "has no label"), ("A\nB\nA\n", "'A' more than once")):
        file.write_text(text, encoding="utf-8")
        result = link("--labels", str(file))
        assert isinstance(result.exception, StudyError)
        assert words in str(result.exception)
    assert "no such file" in str(link("--labels", str(tmp_path / "none")).exception).lower()
    assert "cannot be used" in str(link("--label", " ").exception)
    assert link("--label", "P01", "--preview").exit_code == 2
    recruit(database, kind="none")
    assert 'kind = "lab"' in str(link("--label", "P01").exception)
