"""The researchers' API against its own document: a fuzzer finds nothing in any operation."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from experiment.app import create_app
from experiment.jobs import lifecycle
from experiment.openapi import document
from experiment.runs import find_study
from experiment.settings import Settings
from tests.experiment.lab import Lab
from tests.experiment.people_rows import write_person

GENERATED = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are written down and wait."""
    monkeypatch.setattr(lifecycle, "launch", lambda *_: None)


def operations() -> list[tuple[str, str]]:
    """Method and path of every operation that a token opens; no database is touched."""
    app = create_app(Settings(Path("nowhere"), "sqlite:///nowhere/at-all.db", "a key"))
    with app.app_context():
        paths = document()["paths"]
    return sorted(
        (method.upper(), path)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if "security" in operation
    )


def true_values(lab: Lab) -> dict[str, str]:
    """What the variable parts of addresses may be, so that not everything is only not found."""
    with lab.database.write() as session:
        person = write_person(session, find_study(session, lab.slug), 1, "prolific")
    return {"slug": lab.slug, "participant": person.public_id}


# What fits goes to the database that takes less (no NUL, no whole number beyond 31 bits).
@pytest.mark.parametrize(
    ("backend", "mode"),
    [
        pytest.param(
            "postgresql", GenerationMode.POSITIVE, id="fitting", marks=pytest.mark.postgresql
        ),
        pytest.param("sqlite", GenerationMode.NEGATIVE, id="unfitting"),
    ],
    indirect=["backend"],
)
@pytest.mark.parametrize(
    ("method", "path"), [pytest.param(*one, id=f"{one[0]} {one[1]}") for one in operations()]
)
def test_generated_requests_are_answered_as_documented(
    lab: Lab, method: str, path: str, mode: GenerationMode
) -> None:
    """Nothing fails, every status and body is in the document, what does not fit it is refused.

    What fits it may still be impossible, such as a study's image set that there is not.
    """
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", lab.app)
    operation = schema[path][method]
    headers = lab.bearer("ada")
    known = true_values(lab)

    @GENERATED
    @given(operation.as_strategy(generation_mode=mode), st.booleans())
    def check(case: Any, is_there: bool) -> None:
        if is_there and mode.is_positive:
            parts = case.path_parameters or {}
            case.path_parameters = {name: known.get(name, part) for name, part in parts.items()}
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    check()
