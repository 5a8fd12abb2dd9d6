"""Pages of studies, without scripts: list, make, change, open, share, copy, delete."""

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from experiment.models import Study
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.form import fields_of
from experiment.studies.values import definition_of
from tests.experiment.image_sets import add_image_set
from tests.experiment.lab import Lab

START = {"do": "start", "image_set": "many", "preset": "lamem2015", "title": "My pets: 1st"}


@pytest.fixture
def owner(lab: Lab, settings: Settings) -> FlaskClient:
    """The owner's browser, in an instance that also has a set of 200 images."""
    add_image_set(settings, "many", 200)
    return lab.browser("owner")


def study_of(lab: Lab, slug: str) -> Study:
    with lab.database.read() as session:
        study = find_study(session, slug)
        definition_of(study)
    return study


def form_of(lab: Lab, slug: str) -> dict[str, str]:
    """The fields of a study's form, with its revision."""
    with lab.database.read() as session:
        study = find_study(session, slug)
        return fields_of(definition_of(study)) | {"revision": str(study.revision), "view": "form"}


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_who_has_no_study_is_told_what_to_do_next(lab: Lab) -> None:
    page = text_of(lab.browser("stranger").get("/studies").text)
    assert "No study yet" in page
    assert "Make a study" in page


def test_the_list_is_sorted_and_filtered_by_its_address(owner: FlaskClient, lab: Lab) -> None:
    lab.submit(owner, "/studies/new", **START)
    titles = re.compile(r'<th scope="row"><a href="/studies/([a-z0-9-]+)">')
    by_title = owner.get("/studies?sort=title&order=up")
    assert titles.findall(by_title.text) == ["my-pets-1st", "pictures"]
    assert titles.findall(owner.get("/studies?sort=title&order=down").text) == [
        "pictures",
        "my-pets-1st",
    ]
    assert titles.findall(owner.get("/studies?state=open").text) == ["pictures"]
    assert titles.findall(owner.get("/studies?q=PETS").text) == ["my-pets-1st"]
    assert "No study fits" in owner.get("/studies?q=nothing").text
    assert 'aria-sort="ascending"' in by_title.text


def test_a_study_is_made_of_a_set_and_a_published_game(owner: FlaskClient, lab: Lab) -> None:
    page = text_of(owner.get("/studies/new?image_set=many").text)
    # 200 pictures × 40 responses / 66 targets of a run.
    assert "122 people" in page
    assert "Khosla" in page
    made = lab.submit(owner, "/studies/new", **START)
    assert made.location == "/studies/my-pets-1st"
    overview = text_of(owner.get(made.location).text)
    assert "A draft: nobody can take part" in overview
    assert "the consent text still says [NAME OF THE RESEARCHER" in overview
    assert "http://127.0.0.1:8000/s/my-pets-1st" in overview


def test_a_set_that_is_too_small_leads_to_the_form_that_makes_the_game_shorter(
    owner: FlaskClient, lab: Lab
) -> None:
    answer = lab.submit(owner, "/studies/new", **START | {"image_set": "pictures"})
    assert answer.status_code == 422
    assert "a participant's run needs" in text_of(answer.text)
    assert 'name="paradigm.n_targets" value="66"' in answer.text
    fields = form_of(lab, "pictures") | {"slug": "small", "title": "Small", "do": "save"}
    assert lab.submit(owner, "/studies/new", **fields).location == "/studies/small"


def test_a_change_is_saved_and_told(owner: FlaskClient, lab: Lab) -> None:
    lab.submit(owner, "/studies/new", **START)
    fields = form_of(lab, "my-pets-1st")
    shown = owner.get("/studies/my-pets-1st/edit").text
    for name in ("title", "paradigm.n_targets", "goal.pay", "texts.welcome", "attention.0.name"):
        assert f'name="{name}"' in shown
    changed = fields | {"do": "save", "paradigm.n_targets": "50", "goal.participants": "90"}
    answer = lab.submit(owner, "/studies/my-pets-1st/edit", **changed)
    assert answer.status_code == 303
    page = text_of(owner.get(answer.location).text)
    assert "Saved: goal.participants, paradigm.n_targets." in page
    assert "n_targets is 50; in lamem2015 it is 66" in page


def test_what_cannot_be_is_said_and_nothing_typed_is_lost(owner: FlaskClient, lab: Lab) -> None:
    lab.submit(owner, "/studies/new", **START)
    typed = {"do": "save", "paradigm.n_targets": "fifty", "title": "<Other>", "texts.thanks": "Ta"}
    answer = lab.submit(owner, "/studies/my-pets-1st/edit", **form_of(lab, "my-pets-1st") | typed)
    assert answer.status_code == 422
    assert "paradigm.n_targets is 'fifty'; give a whole number" in text_of(answer.text)
    assert 'name="paradigm.n_targets" value="fifty"' in answer.text
    assert 'value="&lt;Other&gt;"' in answer.text
    assert "\nTa</textarea>" in answer.text
    assert study_of(lab, "my-pets-1st").revision == 1


def test_two_who_change_the_same_study_do_not_write_over_each_other(
    owner: FlaskClient, lab: Lab
) -> None:
    fields = form_of(lab, "pictures") | {"do": "save"}
    first = lab.submit(lab.browser("editor"), "/studies/pictures/edit", **fields | {"title": "A"})
    assert first.status_code == 303
    second = lab.submit(owner, "/studies/pictures/edit", **fields | {"title": "B"})
    assert second.status_code == 409
    assert "editor@lab.example has changed title" in text_of(second.text)
    assert 'name="title" value="B"' in second.text
    assert study_of(lab, "pictures").title == "A"


def test_a_study_in_use_ignores_what_may_not_change(owner: FlaskClient, lab: Lab) -> None:
    page = owner.get("/studies/pictures/edit").text
    assert "This study is open and in use" in text_of(page)
    # A browser sends no disabled fields; whoever sends them all the same changes nothing.
    fields = form_of(lab, "pictures") | {"do": "save", "goal.participants": "70"}
    answer = lab.submit(owner, "/studies/pictures/edit", **fields | {"paradigm.n_targets": "2"})
    assert "Saved: goal.participants." in text_of(owner.get(answer.location).text)
    assert study_of(lab, "pictures").paradigm["n_targets"] == 3


def test_form_and_text_are_two_views_of_what_is_typed(owner: FlaskClient, lab: Lab) -> None:
    lab.submit(owner, "/studies/new", **START)
    path = "/studies/my-pets-1st/edit"
    typed = form_of(lab, "my-pets-1st") | {"do": "text", "notice": 'A "trial"', "goal.pay": "2,5"}
    text = unescape(lab.submit(owner, path, **typed | {"goal.currency": "EUR"}).text)
    assert "notice = 'A \"trial\"'" in text or 'notice = "A \\"trial\\""' in text
    toml = re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', text, re.DOTALL)
    assert toml is not None
    back = {"view": "text", "revision": "1", "text": toml[1]}
    shown = lab.submit(owner, path, **back, do="form").text
    assert 'name="goal.pay" value="2.5"' in shown
    wrong = lab.submit(owner, path, **back | {"text": "title = "}, do="form").text
    assert "is not valid TOML" in text_of(wrong)
    assert ">\ntitle = </textarea>" in wrong
    assert lab.submit(owner, path, **back, do="save").status_code == 303
    assert study_of(lab, "my-pets-1st").definition["notice"] == 'A "trial"'


def test_rows_are_added_without_scripts_and_saved(owner: FlaskClient, lab: Lab) -> None:
    lab.submit(owner, "/studies/new", **START)
    path = "/studies/my-pets-1st/edit"
    added = lab.submit(owner, path, **form_of(lab, "my-pets-1st") | {"do": "add:questions"})
    assert 'name="questions.0.label"' in added.text
    question = {
        "questions.0.type": "use:age",
        "questions.0.when": "before",
        "questions.0.page": "1",
        "questions.0.required": "yes",
        "questions.0.below": "18",
    }
    fields = form_of(lab, "my-pets-1st") | question
    assert lab.submit(owner, path, **fields | {"do": "save"}).status_code == 303
    asked = study_of(lab, "my-pets-1st").definition["questions"]
    assert [(q["use"], q["screen_out"]) for q in asked] == [("age", {"below": 18})]


def test_another_game_brings_its_numbers_when_checked(owner: FlaskClient, lab: Lab) -> None:
    lab.submit(owner, "/studies/new", **START)
    typed = form_of(lab, "my-pets-1st") | {"do": "check", "paradigm.preset": "memorygame2019"}
    page = lab.submit(owner, "/studies/my-pets-1st/edit", **typed).text
    assert 'name="paradigm.n_targets" value="60"' in page
    assert 'name="shown_preset" value="memorygame2019"' in page


def test_the_side_of_the_form_says_what_it_will_do(owner: FlaskClient, lab: Lab) -> None:
    fields = form_of(lab, "pictures")
    side = text_of(lab.submit(owner, "/studies/preview", **fields).text)
    assert "14 trials" in side
    wrong = lab.submit(owner, "/studies/preview", **fields | {"goal.pay": "1"}).text
    assert 'data-key="goal.currency"' in wrong


def test_a_study_is_opened_paused_closed_and_opened_again(owner: FlaskClient, lab: Lab) -> None:
    fields = form_of(lab, "pictures") | {"slug": "small", "title": "Small", "do": "save"}
    lab.submit(owner, "/studies/new", **fields)
    refused = lab.submit(owner, "/studies/small/open")
    assert "write it first, or say" in text_of(owner.get(refused.location).text)
    assert study_of(lab, "small").state == "draft"
    acts: list[tuple[str, dict[str, Any], str]] = [
        ("open", {"anyway": "yes"}, "open"),
        ("pause", {}, "paused"),
        ("open", {"anyway": "yes"}, "open"),
        ("close", {}, "closed"),
        ("open", {"anyway": "yes"}, "open"),
    ]
    for act, more, state in acts:
        assert lab.submit(owner, f"/studies/small/{act}", **more).status_code == 303
        assert study_of(lab, "small").state == state


def test_results_are_shared_by_a_link_that_is_shown_once(owner: FlaskClient, lab: Lab) -> None:
    page = lab.submit(owner, "/studies/pictures/share", page="results").text
    link = re.search(r"http://127.0.0.1:8000(/open/[\w-]+)", page)
    assert link is not None
    assert link[1] not in owner.get("/studies/pictures").text
    assert lab.browser().get(link[1]).status_code == 200


def test_a_copy_and_a_deleted_draft(owner: FlaskClient, lab: Lab) -> None:
    made = lab.submit(owner, "/studies/pictures/copy", slug="pictures-2", title="Again")
    assert made.location == "/studies/pictures-2"
    taken = lab.submit(owner, "/studies/pictures/copy", slug="pictures-2", title="Again")
    assert "already a study" in text_of(owner.get(taken.location).text)
    lab.submit(owner, "/studies/pictures-2/delete")
    assert study_of(lab, "pictures-2").title == "Again"
    assert lab.submit(owner, "/studies/pictures-2/delete", really="yes").location == "/studies"
    assert owner.get("/studies/pictures-2").status_code == 404
    refused = lab.submit(owner, "/studies/pictures/delete", really="yes")
    assert "is open; close it first" in text_of(owner.get(refused.location).text)


def test_links_of_a_lab_are_a_table(owner: FlaskClient, lab: Lab) -> None:
    fields = form_of(lab, "pictures") | {"slug": "class", "recruitment.kind": "lab", "do": "save"}
    lab.submit(owner, "/studies/new", **fields)
    table = lab.submit(owner, "/studies/class/labels", labels="one\r\n\r\ntwo").text.splitlines()
    assert table[0] == "participant_label,link"
    assert [line.partition(",")[0] for line in table[1:]] == ["one", "two"]
    twice = lab.submit(owner, "/studies/class/labels", labels="one\none")
    assert "more than once" in text_of(owner.get(twice.location).text)


def test_prolifics_own_words_stand_beside_what_is_copied(owner: FlaskClient, lab: Lab) -> None:
    more = {"recruitment.kind": "prolific", "recruitment.codes.completed": "C0FFEE"}
    fields = form_of(lab, "pictures") | {"slug": "paid", "do": "save"} | more
    lab.submit(owner, "/studies/new", **fields)
    page = text_of(owner.get("/studies/paid").text)
    assert "Study URL http://127.0.0.1:8000/s/paid?PROLIFIC_PID={{%PROLIFIC_PID%}}" in page
    assert "Completion code: Completed study (COMPLETED) C0FFEE" in page


def test_a_viewer_sees_the_overview_without_acts_and_codes(lab: Lab) -> None:
    page = text_of(lab.browser("viewer").get("/studies/pictures").text)
    assert "What to do next" in page
    assert "To give away" not in page
    assert "Delete this study" not in page


def test_the_study_file_is_downloaded(owner: FlaskClient, lab: Lab) -> None:
    answer = owner.get("/studies/pictures/file.toml")
    assert answer.headers["Content-Disposition"] == "attachment; filename=pictures.toml"
    assert 'preset = "lamem2015"' in answer.text
    assert "space bar" in owner.get("/studies/pictures/pages").text


def test_a_study_is_made_of_a_file(owner: FlaskClient, lab: Lab) -> None:
    page = unescape(owner.get("/studies/new?view=text&image_set=many").text)
    toml = re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert toml is not None
    made = lab.submit(owner, "/studies/new", view="text", text=toml[1], do="save")
    assert made.location == "/studies/my-study"
