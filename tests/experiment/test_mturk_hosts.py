"""Where MTurk's form may be sent, without pages."""

import pytest

from experiment.recruitment.endings import mturk_way_back


@pytest.mark.parametrize("host", ["https://www.mturk.com", "https://workersandbox.mturk.com/"])
def test_an_assignment_is_submitted_to_amazon(host: str) -> None:
    parameters = {"assignmentId": "A1", "turkSubmitTo": host}
    back = mturk_way_back(parameters, "completed", "C1")
    assert back.form_action == f"{host.rstrip('/')}/mturk/externalSubmit"
    assert back.fields == {"assignmentId": "A1", "outcome": "completed", "code": "C1"}


@pytest.mark.parametrize(
    "host",
    [
        "https://evil.org",
        "https://www.mturk.com.evil.org",
        "https://www.mturk.com@evil.org",
        "http://www.mturk.com",
        "https://evil.org/www.mturk.com",
        "https://www.mturk.com/x",
        "javascript:alert(1)",
        "'self' * https://www.mturk.com",
        "https://www.mturk.com; script-src *",
        "",
    ],
)
def test_an_assignment_is_submitted_to_nobody_else(host: str) -> None:
    parameters = {"assignmentId": "A1", "turkSubmitTo": host}
    back = mturk_way_back(parameters, "completed", None)
    assert (back.form_action, back.form_host) == (None, None)


def test_without_an_accepted_assignment_nothing_is_submitted() -> None:
    for assignment in ("", "ASSIGNMENT_ID_NOT_AVAILABLE"):
        parameters = {"assignmentId": assignment, "turkSubmitTo": "https://www.mturk.com"}
        assert mturk_way_back(parameters, "completed", None).form_action is None


def test_who_has_not_played_submits_only_where_the_study_has_a_code_for_it() -> None:
    parameters = {"assignmentId": "A1", "turkSubmitTo": "https://www.mturk.com"}
    for outcome in ("screened_out", "no_consent", "full"):
        assert mturk_way_back(parameters, outcome, None).form_action is None
        assert mturk_way_back(parameters, outcome, "C2").form_action is not None
