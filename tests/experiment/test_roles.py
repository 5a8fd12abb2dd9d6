"""Who gets in: by role, by token, and not at all."""

import pytest

from experiment.settings import Settings
from tests.experiment.lab import Lab, add_other_study

PEOPLE = "/studies/pictures/people"


@pytest.mark.parametrize(
    ("name", "status"),
    [("ada", 200), ("owner", 200), ("editor", 200), ("viewer", 200), ("stranger", 404)],
)
def test_a_page_of_a_study_is_for_its_members(lab: Lab, name: str, status: int) -> None:
    assert lab.browser(name).get(PEOPLE).status_code == status


def test_who_is_not_signed_in_is_asked_to(lab: Lab) -> None:
    answer = lab.browser().get(PEOPLE)
    assert (answer.status_code, answer.location) == (303, f"/sign-in?next={PEOPLE}")


def test_another_study_is_there_for_its_owner_and_the_administrator(
    lab: Lab, settings: Settings
) -> None:
    path = f"/studies/{add_other_study(lab, settings)}/people"
    seen = {name: lab.browser(name).get(path).status_code for name in lab.researchers}
    assert seen == {"ada": 200, "owner": 404, "editor": 404, "viewer": 404, "stranger": 200}


def test_a_token_without_the_scope_does_not_stop_a_job(lab: Lab) -> None:
    path = "/api/v1/jobs/none/stop"
    client = lab.browser()
    assert client.post(path, headers=lab.bearer("owner", "read")).status_code == 403
    assert client.post(path, headers=lab.bearer("owner", "write")).status_code == 404


def test_a_script_of_a_page_needs_the_form_token(lab: Lab) -> None:
    client = lab.browser("owner")
    assert client.post("/api/v1/jobs/none/stop").status_code == 400
    assert lab.script(client, "POST", "/api/v1/jobs/none/stop").status_code == 404
