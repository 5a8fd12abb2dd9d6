"""The OpenAPI document is valid, whole and true."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from werkzeug.test import TestResponse

from experiment.participant import api as api_module
from experiment.participant.pace import Pace
from tests.experiment.played import FALSE_ALARMS, Changes
from tests.experiment.visitor import DEVICE, N_TRIALS, Player, Visitor, event, response

RUN = "/api/v1/runs/{token}"
GENERATED = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
    return found


def hold_to(document: dict[str, Any], path: str, method: str, answer: TestResponse) -> None:
    """Check that the document knows this status here, and that the body is what it says."""
    answers = document["paths"][path][method]["responses"]
    assert str(answer.status_code) in answers, (path, answer.status_code, answer.data[:300])
    content = answers[str(answer.status_code)]["content"]
    assert answer.mimetype in content
    if schema := content[answer.mimetype].get("schema"):
        whole = schema | {"components": document["components"]}
        Draft202012Validator(whole).validate(answer.get_json())


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_every_route_of_the_interface_is_in_it(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(("/api/", "/healthz", "/readyz"))
    }
    assert {(path, method) for path, on in document["paths"].items() for method in on} == routes
    assert len(routes) >= 12
    for path, methods in document["paths"].items():
        if path.startswith("/api/v1/runs/"):  # the database may not answer
            assert all("503" in operation["responses"] for operation in methods.values()), path


def test_a_run_answers_as_documented(app: Flask, document: dict[str, Any], change: Changes) -> None:
    change(feedback="symbol", rests="offered", shows_score=True)
    visitor = Visitor(app)
    game = visitor.take_part()
    player = Player(visitor.client, game["run_url"])
    url = player.run_url
    steps: list[tuple[str, str, Callable[[], TestResponse], int]] = [
        (RUN, "get", lambda: visitor.client.get(url), 200),
        (f"{RUN}/finish", "post", player.finish, 409),
        (f"{RUN}/responses", "post", lambda: player.send(response(0)), 409),
        (f"{RUN}/start", "post", player.start, 200),
        (f"{RUN}/responses", "post", lambda: player.send(response(0)), 201),
        (f"{RUN}/responses", "post", lambda: player.send(events=[event("a")]), 200),
        (f"{RUN}/responses", "post", lambda: player.send(response(0, " ", 1.0)), 409),
        (f"{RUN}/responses", "post", lambda: player.send(*[response(0)] * 201), 413),
        (f"{RUN}/responses", "post", lambda: player.send(response(999)), 422),
        (f"{RUN}/finish", "post", player.finish, 409),
        (f"{RUN}/feedback", "post", lambda: player.ask(0), 409),
        (f"{RUN}/feedback", "post", lambda: player.ask(1), 200),
        (f"{RUN}/feedback", "post", lambda: player.ask(N_TRIALS), 422),
        (f"{RUN}/rest", "post", lambda: player.rest(1), 409),
        (f"{RUN}/responses", "post", lambda: player.send(response(N_TRIALS - 1)), 201),
        (f"{RUN}/rest", "post", lambda: player.rest(1), 200),
        (f"{RUN}/rest", "post", lambda: player.rest(2), 422),
        (f"{RUN}/finish", "post", lambda: player.finish(*range(N_TRIALS)), 200),
        (f"{RUN}/rest", "post", lambda: player.rest(1), 409),
        (f"{RUN}/feedback", "post", lambda: player.ask(1), 409),
        (f"{RUN}/start", "post", player.start, 409),
        (RUN, "get", lambda: visitor.client.get(url), 200),
        (RUN, "get", lambda: visitor.client.get("/api/v1/runs/nobody"), 404),
        ("/healthz", "get", lambda: visitor.client.get("/healthz"), 200),
        ("/readyz", "get", lambda: visitor.client.get("/readyz"), 200),
    ]
    for path, method, step, status in steps:
        answer = step()
        assert answer.status_code == status, (path, answer.data)
        hold_to(document, path, method, answer)
    trial = player.config()["trials"][0]
    hold_to(document, f"{RUN}/images/{{address}}", "get", visitor.client.get(trial["image_url"]))


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name.lower())
@pytest.mark.parametrize("end", ["start", "responses", "feedback", "rest", "finish"])
def test_generated_bodies_are_answered_as_documented(
    app: Flask,
    document: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    change: Changes,
    end: str,
    mode: GenerationMode,
) -> None:
    """What fits the document is never malformed, and what does not fit it is never taken."""
    monkeypatch.setattr(api_module, "PACE", Pace(burst=10_000, per_second=1))
    change(FALSE_ALARMS, feedback="symbol", rests="offered", shows_score=True)
    operation = schemathesis.openapi.from_dict(document)[f"{RUN}/{end}"]["POST"]
    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    bodies = operation.as_strategy(generation_mode=mode) if mode.is_negative else fitting
    player = Visitor(app).begin_run()
    validator = Draft202012Validator(
        document["paths"][f"{RUN}/{end}"]["post"]["requestBody"]["content"]["application/json"][
            "schema"
        ]
        | {"components": document["components"]}
    )

    @GENERATED
    @given(bodies)
    def check(case: Any) -> None:
        try:
            sent = json.dumps(case.body)
        except TypeError:
            return  # not a JSON body at all: other tests send those
        fits = validator.is_valid(json.loads(sent))
        answer = player.client.post(
            f"{player.run_url}/{end}", data=sent, content_type="application/json"
        )
        hold_to(document, f"{RUN}/{end}", "post", answer)
        is_malformed = answer.get_json().get("error") == "malformed"
        assert is_malformed != fits, (sent, answer.data)

    check()


def test_any_text_is_kept_as_it_is(app: Flask) -> None:
    """What people type and browsers say comes back unchanged, on every database."""
    player = Visitor(app).begin_run()
    words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50)

    @GENERATED
    @given(words)
    def check(text: str) -> None:
        noted = event(f"e{check.count}") | {"detail": {"text": text}}  # type: ignore[attr-defined] # a counter on the function
        check.count += 1  # type: ignore[attr-defined]
        assert player.send(events=[noted]).status_code == 200

    check.count = 0  # type: ignore[attr-defined]
    check()
    answer = player.client.post(
        f"{player.run_url}/start", json={"device": DEVICE | {"user_agent": "a\nb"}}
    )
    assert answer.status_code == 200
