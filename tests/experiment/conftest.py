"""Fixtures of the web application: an app with an open study of small pictures."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from experiment.app import create_app
from experiment.database import Database
from experiment.results.background import compute_now
from experiment.settings import Settings
from tests.experiment.lab import Lab, make_lab
from tests.experiment.pictures import open_picture_study
from tests.experiment.played import Changes
from tests.experiment.visitor import SMALL, Visitor

N_PICTURES = 24


@pytest.fixture(scope="session", autouse=True)
def addresses_are_compiled_once() -> Iterator[None]:
    """Werkzeug compiles what builds the address of each rule, which takes most of making an app:
    here it does so once, and not again for every test's app."""
    compile_builder = Rule._compile_builder
    compiled: dict[tuple[str, str, bool], Any] = {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


@pytest.fixture
def app(settings: Settings, database: Database) -> Iterator[Flask]:
    """The application, with the study `pictures` open: 14 trials of 9 of 24 pictures.

    Statistics that are due are computed within the request, so that no process outlives a test.
    """
    open_picture_study(settings, database, N_PICTURES, SMALL)
    application = create_app(settings)

    def compute_here(_: Settings, slug: str, include_simulated: bool) -> None:
        compute_now(database, slug, include_simulated=include_simulated)

    found = application.extensions["hitrate"]
    application.extensions["hitrate"] = replace(found, compute=compute_here)
    yield application
    application.extensions["hitrate"].database.close()


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody who has not opened any page yet."""
    return Visitor(app)


@pytest.fixture
def change(app: Flask, database: Database) -> Changes:
    """Change the study that is open."""
    return Changes(database)


@pytest.fixture
def lab(app: Flask, database: Database) -> Lab:
    """The researchers of the study `pictures`, one of every role."""
    return make_lab(app, database)
