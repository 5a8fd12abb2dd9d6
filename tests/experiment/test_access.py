"""Every route of the app, by everybody: who gets through is what access_table.py says."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from experiment.access import SAFE, access
from experiment.models import SCOPES
from experiment.settings import Settings
from tests.experiment.access_table import PUBLIC, ROUTES
from tests.experiment.lab import ROLE_OF, Lab, add_other_study
from tests.experiment.objects_elsewhere import BODIES, OBJECTS, OWN, SHARED

REACHED = "the view was reached"
# Who asks for which study; nobody can tell another's from one that is not there, see below.
ASKED_FOR: dict[str | None, tuple[str, ...]] = {
    "ada": ("pictures", "elsewhere", "nowhere"),
    "owner": ("pictures", "elsewhere"),
    "stranger": ("pictures", "elsewhere"),
}
RANK = {"viewer": 1, "editor": 2, "owner": 3}
# One of these fits every variable part of an address.
SAMPLES = ("sample", "1", "a.csv", "a-89mm.svg", "0" * 64, "0" * 32, "0" * 16)


@dataclass(frozen=True)
class Route:
    """One method of one address of researchers, and what the table says of it."""

    method: str
    address: str
    endpoint: str
    who: str
    scope: str
    rule: Rule

    @property
    def is_api(self) -> bool:
        return self.address.startswith("/api/")

    @property
    def in_a_study(self) -> bool:
        return "slug" in self.rule.arguments

    def path(self, **given: Any) -> str:
        """Where it leads, with these parts and otherwise any that fit."""
        parts = dict.fromkeys(self.rule.arguments, "") | given

        def fill(part: re.Match[str]) -> str:
            if parts[part[1]]:
                return str(parts[part[1]])
            regex = self.rule._converters[part[1]].regex
            fitting = [sample for sample in SAMPLES if re.fullmatch(regex, sample)]
            assert fitting, f"no sample of test_access.SAMPLES fits {part[0]} of {self.address}"
            return fitting[0]

        return re.sub(r"<(?:\w+:)?(\w+)>", fill, self.address)


def rules_of(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Every method of every address, but those that Flask adds."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule


@pytest.fixture
def backend() -> str:
    """What a rule lets through does not depend on the database; test_roles.py looks at both."""
    return "sqlite"


@pytest.fixture
def routes(lab: Lab) -> list[Route]:
    """Every route of researchers, whose view only says that it was reached."""
    found = []
    for method, rule in rules_of(lab.app):
        if (key := (method, rule.rule)) in ROUTES:
            found.append(Route(method, rule.rule, rule.endpoint, *ROUTES[key], rule))
            lab.app.view_functions[rule.endpoint] = stand_in(lab.app, rule.endpoint)
    return found


def stand_in(app: Flask, endpoint: str) -> Callable[..., str]:
    """A view with the same rule, which does nothing."""

    def view(**parts: Any) -> str:
        return REACHED

    declared = vars(app.view_functions[endpoint])["access"]
    return access(declared.who, declared.scope)(view)


def send(lab: Lab, client: FlaskClient, route: Route, path: str) -> TestResponse:
    """A request as our own page would send it."""
    headers = {} if route.method in SAFE else {"X-CSRFToken": lab.form_token(client)}
    return client.open(path, method=route.method, headers=headers)


def ask(lab: Lab, client: FlaskClient, route: Route, path: str) -> TestResponse:
    """A request that the view itself answers, with what it has to hold."""
    body = BODIES.get(f"{route.method} {route.address}", {})
    return client.open(
        path,
        method=route.method,
        headers={} if route.method in SAFE else {"X-CSRFToken": lab.form_token(client)},
        json=body if route.is_api and body else None,
        data=None if route.is_api else body,
        buffered=True,
    )


def says_it_is_not_there(client: FlaskClient, answer: TestResponse) -> bool:
    """Whether the thing was not found; a form may say so on the page that it leads back to."""
    with client.session_transaction() as session:
        told = [text for kind, text in session.get("_flashes", []) if kind == "error"]
    words = r"there is no such|is not there any more"
    return answer.status_code == 404 or any(re.search(words, text) for text in told)


def outcome(answer: TestResponse) -> str | int:
    """REACHED, or how it was refused: 401 is "sign in first" on a page too."""
    if answer.text == REACHED:
        return REACHED
    if answer.status_code == 303 and answer.location.startswith("/sign-in"):
        return 401
    return answer.status_code


def expected(route: Route, name: str | None, role: str | None) -> str | int:
    """What the table says of somebody with this role in the study of the address."""
    if route.who == "anyone":
        return REACHED
    if name is None:
        return 403 if route.address.startswith("/results/") else 401  # says how to get a link
    if name == "ada" or route.who == "researcher":
        return REACHED
    if route.who == "admin":
        return 403
    if role is None:
        return 404
    return REACHED if RANK[role] >= RANK.get(route.who, 1) else 403


def test_every_route_is_in_the_table_and_says_what_the_table_says(app: Flask) -> None:
    declared = {}
    for method, rule in rules_of(app):
        said = getattr(app.view_functions[rule.endpoint], "access", None)
        if said is None:
            assert re.fullmatch(PUBLIC, rule.rule), f"{rule.rule} does not say who may use it"
        else:
            scope = said.scope if rule.rule.startswith("/api/") else "-"
            declared[method, rule.rule] = (said.who, scope)
    lines = {key: f"{key[0]:6} {key[1]}  {who}  {scope}" for key, (who, scope) in declared.items()}
    missing = [line for key, line in lines.items() if key not in ROUTES]
    assert not missing, "say in access_table.py who may use:\n" + "\n".join(missing)
    gone = [key for key in ROUTES if key not in declared]
    assert not gone, f"access_table.py has routes that are no more: {gone}"
    wrong = [
        f"{lines[key]} (table: {said})" for key, said in ROUTES.items() if said != declared[key]
    ]
    assert not wrong, "declared otherwise than access_table.py says:\n" + "\n".join(wrong)


def test_only_members_roles_need_a_study_and_only_api_routes_a_scope() -> None:
    for (method, address), (who, scope) in ROUTES.items():
        assert ("<slug:slug>" in address) == (who in ("guest", *RANK)), address
        assert (scope in SCOPES) == address.startswith("/api/"), (method, address)
        if address.startswith("/api/") and method != "GET":
            assert scope != "read", (method, address)


def test_every_route_with_every_role_and_with_none(
    lab: Lab, settings: Settings, routes: list[Route]
) -> None:
    """In the study `pictures`, in another one, and in one that does not exist."""
    add_other_study(lab, settings)
    wrong = []
    for name in (None, *ROLE_OF):
        client = lab.browser(name)
        role_in = {
            "pictures": ROLE_OF[name] if name else None,
            "elsewhere": "owner" if name == "stranger" else None,
            "nowhere": None,
        }
        slugs = ASKED_FOR.get(name, ("pictures",))
        for route in routes:
            for slug in slugs if route.in_a_study else ["pictures"]:
                wanted = expected(route, name, role_in[slug])
                if slug == "nowhere" and name == "ada":
                    wanted = 404
                found = outcome(send(lab, client, route, route.path(slug=slug)))
                if found != wanted:
                    wrong.append((name, route.method, route.path(slug=slug), found, wanted))
    assert not wrong, "\n".join(f"{w[0]} {w[1]} {w[2]}: {w[3]}, not {w[4]}" for w in wrong)
    assert len(routes) == len(ROUTES)


def test_nobody_can_tell_another_study_from_one_that_does_not_exist(
    lab: Lab, settings: Settings, routes: list[Route]
) -> None:
    add_other_study(lab, settings)
    for name in (None, "owner"):
        client = lab.browser(name)
        for route in (route for route in routes if route.in_a_study):
            there, not_there = (
                send(lab, client, route, route.path(slug=slug)) for slug in ("elsewhere", "nowhere")
            )
            assert there.status_code == not_there.status_code
            assert there.text.replace("elsewhere", "nowhere") == not_there.text, route


def test_every_api_route_with_a_token_of_each_scope(lab: Lab, routes: list[Route]) -> None:
    for scope in SCOPES:
        for name in ("ada", "viewer", "stranger"):
            headers, client = lab.bearer(name, scope), lab.browser()
            for route in (route for route in routes if route.is_api):
                if name != "ada" and route.scope != scope:
                    continue
                path = route.path(slug="pictures")
                found = outcome(client.open(path, method=route.method, headers=headers))
                wanted = expected(route, name, ROLE_OF[name]) if route.scope == scope else 403
                assert found == wanted, (name, scope, route.method, path)


@pytest.mark.parametrize("given", ["Bearer ", "Bearer nonsense", "bearer  x y"])
def test_a_token_that_is_none_is_refused_whoever_signed_in(
    lab: Lab, routes: list[Route], given: str
) -> None:
    client = lab.browser("ada")
    for route in (route for route in routes if route.is_api):
        headers = {"Authorization": given, "X-CSRFToken": lab.form_token(client)}
        answer = client.open(route.path(), method=route.method, headers=headers)
        assert answer.status_code == 401, route


def test_a_token_opens_no_page(lab: Lab, routes: list[Route]) -> None:
    headers, client = lab.bearer("ada"), lab.browser()
    for route in routes:
        if route.is_api or route.who == "anyone" or route.method != "GET":
            continue
        answer = client.get(route.path(slug="pictures"), headers=headers)
        assert outcome(answer) in (401, 403), route


def test_nothing_is_changed_without_the_form_token_of_this_browser(
    lab: Lab, routes: list[Route]
) -> None:
    client, other = lab.browser("ada"), lab.browser("owner")
    stolen = lab.form_token(other)
    for route in (route for route in routes if route.method not in SAFE):
        path = route.path(slug="pictures")
        for headers, form in (
            ({}, {}),
            ({"X-CSRFToken": stolen}, {}),
            ({}, {"form_token": stolen}),
        ):
            answer = client.open(path, method=route.method, headers=headers, data=form)
            assert answer.status_code == 400, (route, headers, form)
        assert outcome(send(lab, client, route, path)) == REACHED


def test_heads_and_options_tell_no_more_than_the_page(lab: Lab, routes: list[Route]) -> None:
    for route in (route for route in routes if route.method == "GET" and route.who != "anyone"):
        for method in ("HEAD", "OPTIONS"):
            client = lab.browser()
            assert outcome(client.open(route.path(slug="pictures"), method=method)) in (401, 403)


def test_a_browser_with_a_link_to_the_results_sees_them_and_no_more(
    lab: Lab, routes: list[Route]
) -> None:
    for name in (None, "stranger"):
        client = lab.browser(name)
        with client.session_transaction() as session:
            session["results"] = ["pictures"]
        for route in (route for route in routes if route.in_a_study):
            found = outcome(send(lab, client, route, route.path(slug="pictures")))
            if route.who == "guest":
                assert found == (REACHED if route.method == "GET" else 403), route
            else:
                assert found == expected(route, name, None), route


def test_an_object_of_another_study_is_not_found_under_ones_own(
    lab: Lab, settings: Settings
) -> None:
    """The owner of `pictures` asks for what is `elsewhere`'s; there it is found by its owner. Of an
    address that names two things, the first may also be one's own."""
    add_other_study(lab, settings)
    n_tried = 0
    for method, rule in rules_of(lab.app):
        parts = [part for part in re.findall(r"<(\w+:\w+)>", rule.rule) if part != "slug:slug"]
        if (method, rule.rule) not in ROUTES or "slug" not in rule.arguments or not parts:
            continue
        key = f"{method} {rule.rule}"
        unknown = [part for part in parts if part not in OBJECTS]
        assert not unknown, f"say in objects_elsewhere.py how a {unknown[0]} is made ({key})"
        route = Route(method, rule.rule, rule.endpoint, *ROUTES[method, rule.rule], rule)
        lacking = []
        elsewhere = ["elsewhere"] * len(parts)
        tries = [("owner", "pictures", elsewhere), ("stranger", "elsewhere", elsewhere)]
        if len(parts) == 2:
            OBJECTS[parts[0]](lab, settings, "elsewhere")
            tries.insert(0, ("owner", "pictures", ["pictures", "elsewhere"]))
        for name, slug, whose in tries:
            made = {
                part.partition(":")[2]: OBJECTS[part](lab, settings, of)
                for part, of in zip(parts, whose, strict=True)
            }
            client = lab.browser(name)
            answer = ask(lab, client, route, route.path(slug=slug, **made))
            assert answer.status_code in (200, 201, 204, 303, 404), (key, slug)
            lacking.append(says_it_is_not_there(client, answer))
        assert lacking == [True] * (len(tries) - 1) + [False], key
        n_tried += 1
    assert n_tried > 5


def test_what_belongs_to_a_researcher_is_not_found_by_others(lab: Lab, settings: Settings) -> None:
    """Jobs, uploads, tokens: their addresses hold no study."""
    n_tried = 0
    for method, rule in rules_of(lab.app):
        said = ROUTES.get((method, rule.rule), ("nobody", "-"))
        route = Route(method, rule.rule, rule.endpoint, *said, rule)
        parts = re.findall(r"<(\w+:\w+)>", rule.rule)
        if route.who != "researcher" or route.in_a_study or not parts or parts[0] in SHARED:
            continue
        assert parts[0] in OWN, f"say in objects_elsewhere.py whose a {parts[0]} is ({rule.rule})"
        statuses = {}
        for name in ("stranger", "owner"):
            made = {parts[0].partition(":")[2]: OWN[parts[0]](lab, settings, "owner")}
            statuses[name] = ask(lab, lab.browser(name), route, route.path(**made)).status_code
        assert statuses["stranger"] == 404, (method, rule.rule)
        if len(parts) == 1:
            assert statuses["owner"] != 404, (method, rule.rule)
        n_tried += 1
    assert n_tried > 5


def test_a_view_that_says_nothing_is_a_mistake(lab: Lab) -> None:
    """And so is one for members whose address holds no study."""
    client = lab.browser("ada")
    lab.app.config["PROPAGATE_EXCEPTIONS"] = True
    endpoint = "accounts.account"
    view = lab.app.view_functions[endpoint]
    lab.app.view_functions[endpoint] = lambda: REACHED
    assert client.get("/account").status_code == 500
    stand = stand_in(lab.app, "accounts.members")
    lab.app.view_functions[endpoint] = stand
    assert client.get("/account").status_code == 500
    lab.app.view_functions[endpoint] = view
    assert client.get("/account").status_code == 200
