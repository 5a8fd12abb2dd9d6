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
from experiment.settings import Settings
from tests.experiment.lab import Lab

WHOLE_STUDIES = [
    ("POST", "/api/v1/studies"),
    ("POST", "/api/v1/studies/preview"),
    ("PATCH", "/api/v1/studies/{slug}"),
]
GENERATED = settings(
    max_examples=16,
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


def wrong_in_address(case: Any) -> bool:
    """Whether what is wrong with a request is its address, which would be mended, or the header
    that is sent all the same."""
    wrong = {where.value for where, part in case.meta.components.items() if part.mode.is_negative}
    return bool(wrong) and not wrong & {"body", "query"}


def true_values(lab: Lab) -> dict[str, str]:
    """What the variable parts of addresses may be, so that not everything is only not found."""
    return {"slug": lab.slug}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name.lower())
@pytest.mark.parametrize(("method", "path"), operations(), ids=" ".join)
def test_generated_requests_are_answered_as_documented(
    lab: Lab, method: str, path: str, mode: GenerationMode
) -> None:
    """Nothing fails, every status and body is in the document, what does not fit it is refused."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", lab.app)
    operation = schema[path][method]
    headers = lab.bearer("ada")
    known = true_values(lab)

    @GENERATED
    @given(operation.as_strategy(generation_mode=mode), st.booleans())
    def check(case: Any, is_there: bool) -> None:
        if is_there and not wrong_in_address(case):
            parts = case.path_parameters or {}
            case.path_parameters = {name: known.get(name, part) for name, part in parts.items()}
        # No schema says which tables make a study.
        unsaid = [positive_data_acceptance] if (method, path) in WHOLE_STUDIES else []
        answer = case.call_and_validate(headers=headers, excluded_checks=unsaid)
        if mode.is_positive and unsaid and answer.status_code == 422:
            assert answer.json()["error"] != "malformed", case.body

    check()
