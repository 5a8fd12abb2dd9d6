"""Study files: what is refused, with which words, and what the annotated file says."""

from pathlib import Path

import pytest

from experiment.design.presets import PRESETS
from experiment.errors import StudyError
from experiment.studies.file import parse_study, read_study_file, unwritten
from experiment.studies.paradigm_table import KEYS
from experiment.studies.template import template
from tests.experiment.study_files import LEAST

RULE = """
[[paradigm.attention]]
name = 'misses'
measure = 'vigilance_hit_rate'
fires = 'below'
threshold = 0.5
"""
OWN = """
title = 'T'
slug = 'mine'
image_set = 'demo'
[paradigm]
stimulus_ms = 500
gap_ms = 500
n_targets = 3
n_fillers = 4
n_vigilance = 2
target_lags = [3, 9]
vigilance_lags = [1, 3]
target_lag_distribution = 'even'
vigilance_lag_distribution = 'feasible'
keys = ['r']
"""


def uncommented(text: str) -> str:
    """The template with its example values switched on: the last of each key wins no prize, so the
    second `targets` example is left out."""
    lines = []
    for line in text.splitlines():
        key = line.removeprefix("# ").partition(" = ")[0]
        is_value = line.startswith("# ") and key.isidentifier() and " = " in line
        is_example = key == "targets" and "{" in line
        lines.append(line.removeprefix("# ") if is_value and not is_example else line)
    return "\n".join(lines)


def test_the_least_file_has_the_defaults() -> None:
    study = parse_study(LEAST, "t.toml")
    assert study.paradigm == PRESETS["lamem2015"]
    assert (study.language, study.notice, study.runs_per_participant) == ("en", None, 1)
    assert (study.targets, study.fillers) == (None, None)
    display = study.paradigm.display
    assert (display.size_px, display.background) == (512, "#808080")
    assert study.goal.responses_per_image == 40
    assert "space bar" in study.texts["instructions"]


def test_the_annotated_file_is_a_study_and_its_comments_are_the_defaults() -> None:
    text = template(Path("my study.toml"), "photos")
    study = parse_study(text, "my study.toml")
    assert (study.slug, study.image_set, study.title) == ("my-study", "photos", "My study")
    every_value = uncommented(text).replace('notice = ""', "")
    assert parse_study(every_value, "my study.toml") == study
    for key in KEYS:
        assert key == "attention" or f"# {key} = " in text
    for key in ("early_key_ms", "target_lags", "runs_per_participant", "background", "fillers"):
        assert f"# {key} = " in text


@pytest.mark.parametrize("preset", PRESETS)
def test_the_annotated_file_of_each_preset_is_that_preset(preset: str) -> None:
    text = template(Path("t.toml"), "photos", preset, "de")
    study = parse_study(text, "t.toml")
    assert (study.preset, study.paradigm, study.language) == (preset, PRESETS[preset], "de")
    assert parse_study(uncommented(text).replace('notice = ""', ""), "t.toml") == study


def test_an_unknown_preset_has_no_annotated_file() -> None:
    with pytest.raises(StudyError, match="did you mean 'lamem2015'"):
        template(Path("t.toml"), "photos", "lamem2014")


def test_a_files_own_values_change_the_preset() -> None:
    text = LEAST + "n_targets = 10\ntarget_lags = [5, 20]\nkeys = ['r']\n"
    paradigm = parse_study(text, "t.toml").paradigm
    assert (paradigm.n_targets, paradigm.target_lags, paradigm.keys) == (10, (5, 20), ("r",))
    assert paradigm.n_fillers == PRESETS["lamem2015"].n_fillers


def test_a_paradigm_of_ones_own_needs_no_preset_and_has_the_studys_name() -> None:
    study = parse_study(OWN + "source = 'Me (2026)'\n[display]\ncrop = 'square'\n", "t.toml")
    assert (study.preset, study.to_dict()["preset"]) == (None, None)
    paradigm = study.paradigm
    assert (paradigm.name, paradigm.source, paradigm.n_trials) == ("mine", "Me (2026)", 14)
    assert (paradigm.display.crop, paradigm.display.size_px) == ("square", 512)
    assert paradigm.attention == ()


def test_rules_of_attention_replace_those_of_the_preset() -> None:
    rules = parse_study(LEAST + RULE, "t.toml").paradigm.attention
    assert [(rule.name, rule.threshold, rule.when) for rule in rules] == [
        ("misses", 0.5, "run_end")
    ]
    assert parse_study(LEAST + "attention = []", "t.toml").paradigm.attention == ()


@pytest.mark.parametrize(("hours", "read"), [("[20]", (20, None)), ("[20, 28.5]", (20, 28.5))])
def test_a_later_run_may_have_no_latest_time(hours: str, read: tuple[float, float | None]) -> None:
    paradigm = parse_study(LEAST + f"return_after_hours = {hours}", "t.toml").paradigm
    assert paradigm.return_after_hours == read


def test_what_a_study_costs_and_who_it_shares_people_with_are_kept() -> None:
    text = "related = ['a', 'b-1']\n" + LEAST
    text += "[images]\ncluster = 'scene'\n[goal]\nparticipants = 20\npay = 2.5\n"
    kept = parse_study(text + "fee_percent = 33\ncurrency = 'EUR'", "t.toml").to_dict()
    assert (kept["related"], kept["images"]["cluster"]) == (["a", "b-1"], "scene")
    assert kept["goal"] == {
        "responses_per_image": 40,
        "participants": 20,
        "pay": 2.5,
        "fee_percent": 33.0,
        "currency": "EUR",
    }


def test_without_their_tables_there_are_no_questions_and_no_recruiter() -> None:
    kept = parse_study(LEAST, "t.toml").to_dict()
    assert kept["questions"] == []
    assert kept["recruitment"] == {"kind": "none", "codes": {}, "must_have_id": False}


def test_a_debrief_is_shown_where_the_file_has_one_alone() -> None:
    assert "debrief" not in parse_study(LEAST, "t.toml").texts
    kept = parse_study(LEAST + "[texts]\ndebrief = 'We asked …'", "t.toml").to_dict()
    assert kept["texts"]["debrief"] == "We asked …"
    assert "consent" not in kept["texts"]


def test_pools_are_all_or_by_what_images_are() -> None:
    text = LEAST + "[images]\ntargets = { category = 'animals', size = ['big', 'huge'] }\n"
    study = parse_study(text, "t.toml")
    assert study.targets == {"category": ["animals"], "size": ["big", "huge"]}
    assert study.fillers is None
    assert study.to_dict()["images"] == {
        "targets": {"category": ["animals"], "size": ["big", "huge"]},
        "fillers": "all",
        "cluster": None,
    }


REFUSED = {
    "titel = 'T'\n" + LEAST: "titel is unknown; did you mean 'title'?",
    LEAST.replace("title = 'T'\n", ""): "title is missing",
    LEAST.replace("'T'", "''"): "title is empty",
    LEAST.replace("'T'", "5"): "title is 5; write it in quotes",
    LEAST.replace("'T'", f"'{'x' * 201}'"): "title has 201 characters; shorten it to 200",
    LEAST.replace("'t'", "'A b'"): "slug is 'A b'; use a-z, 0-9 and hyphens",
    LEAST.replace("'t'", "'-a'"): "slug is '-a'",
    LEAST.replace("'demo'", "'../demo'"): "image_set is '../demo'",
    LEAST.replace("lamem2015", "lamem2014"): "paradigm.preset is 'lamem2014'; did you mean",
    LEAST + "n_target = 5": "paradigm.n_target is unknown; did you mean 'n_targets'?",
    LEAST + "name = 'mine'": "paradigm.name is unknown",
    LEAST + "n_targets = 0": "t.toml: paradigm.n_targets is 0; give a whole number",
    LEAST.replace("'t'", f"'{'x' * 61}'"): "slug has 61 characters; shorten it to 60",
    LEAST
    + "[texts]\nwelcome = '{minuten}'": "texts.welcome has {minuten}; the only placeholder is",
    LEAST + "stimulus_ms = 'long'": "stimulus_ms is 'long'",
    LEAST + "target_lags = [9, 3]": "paradigm.target_lags is [9, 3]; give",
    LEAST + "[display]\nsize_px = 9": "display.size_px is 9; give a whole number from 32 to 4096",
    LEAST + "[display]\nsize_px = true": "display.size_px is True; give a whole number",
    LEAST
    + "[display]\nbackground = 'grey'": "display.background is 'grey'; give a colour such as \"#",
    LEAST + "[display]\ncolour = 1": "display: unknown key 'colour'; the keys are size_px",
    LEAST + "[goal]\nresponses_per_image = 0": "goal.responses_per_image is 0",
    LEAST + "[images]\ntargets = 'some'": "images.targets is 'some'; write \"all\" or a table",
    LEAST + "[images]\ntargets = { category = [] }": "images.targets.category is []",
    LEAST + "[images]\ntargets = { category = [1] }": "images.targets.category is [1]",
    LEAST + "[texts]\nwelcom = 'x'": "texts.welcom is unknown; did you mean 'welcome'?",
    "language = 'xx'\n" + LEAST: "language is 'xx', which is no known language",
    "language = 'english please'\n" + LEAST: "language is 'english please'; write a code",
    "notice = 5\n" + LEAST: "notice is 5; write it in quotes",
    "goal = 3\n" + LEAST: "goal is 3; write a table",
    LEAST.replace("preset = 'lamem2015'", "n_targets = 5"): "all of its keys: stimulus_ms, gap_ms",
    LEAST + "attention = 3": "paradigm.attention is 3; begin each rule with a line [[paradigm.att",
    LEAST + RULE.replace("vigilance_hit_rate", "hit_rate"): (
        "paradigm.attention number 1: measure is 'hit_rate'; give one of vigilance_hit_rate"
    ),
    LEAST + RULE + RULE.replace("fires = 'below'\n", ""): (
        "paradigm.attention number 2: fires missing; add it"
    ),
    LEAST + RULE + RULE: "paradigm.attention has two rules called 'misses'; rename one",
    LEAST + "[images]\ncluster = 3": "images.cluster is 3; write it in quotes",
    "related = 'other'\n" + LEAST: "related is 'other'; write a list of texts",
    "related = ['a b']\n" + LEAST: "related has 'a b'; use a-z, 0-9 and hyphens",
    "related = ['t']\n" + LEAST: "related has 't', which is this study; leave it out",
    "related = ['a', 'a']\n" + LEAST: "related has 'a' twice; leave one out",
    LEAST + "[goal]\nparticipants = 0": "goal.participants is 0; choose a whole number from 1",
    LEAST + "[goal]\npay = -1\ncurrency = 'EUR'": "goal.pay is -1; write a number from 0 to 1e+06",
    LEAST + "[goal]\npay = nan\ncurrency = 'EUR'": "goal.pay is nan; write a number",
    LEAST + "[goal]\npay = 2.5": "goal.currency is missing; say what pay is in",
    LEAST + "[goal]\npay = 1\ncurrency = 'euro'": "goal.currency has 4 characters",
    LEAST + "[goal]\npay = 1\ncurrency = 'eur'": "goal.currency is 'eur'; write three capital",
    LEAST + "[goal]\nfee_percent = 33": "goal.pay is missing; say what one participant gets",
    LEAST + "[goal]\nparticipant = 5": "goal.participant is unknown; did you mean 'participants'?",
    LEAST + "[texts]\ntest_instructions = 'x'": "texts.test_instructions is shown by nothing",
    LEAST + "[texts]\ndebrief = '{pay}'": "texts.debrief has {pay}; the only placeholder is",
    "title = ": "is not valid TOML",
    'title = "a\\nb"\n' + LEAST.partition("\n")[2]: "title has a line break",
    'title = "a\\u0000b"\n'
    + LEAST.partition("\n")[2]: "title contains the control character U+0000",
}


@pytest.mark.parametrize("text", REFUSED, ids=list(REFUSED.values()))
def test_what_is_wrong_is_named_with_its_key_and_what_to_do(text: str) -> None:
    with pytest.raises(StudyError) as refusal:
        parse_study(text, "t.toml")
    assert str(refusal.value).startswith("t.toml: ")
    assert REFUSED[text] in str(refusal.value)


def test_the_mark_that_windows_puts_before_a_text_is_no_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_text(LEAST, encoding="utf-8-sig")
    assert read_study_file(path) == parse_study(LEAST, "t.toml")


def test_links_are_no_parts_that_wait_for_their_words() -> None:
    texts = {"consent": "By [NAME,\nPLACE].", "thanks": "See [us](https://a.b), [You][1]\n[1]: x"}
    assert unwritten(texts) == ["the consent text still says [NAME, PLACE]"]


def test_an_absent_file_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="hitrate study init"):
        read_study_file(tmp_path / "no.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_bytes(b"title = '\xff'")
    with pytest.raises(StudyError, match="must be a UTF-8 text"):
        read_study_file(path)


def test_what_a_recruiter_calls_people_is_kept_for_90_days_where_nobody_says() -> None:
    study = parse_study(LEAST, "t.toml")
    assert study.to_dict()["privacy"] == {"identities_days": 90}
    by_hand = parse_study(LEAST + "[privacy]\nidentities_days = 0\n", "t.toml")
    assert by_hand.to_dict()["privacy"] == {"identities_days": 0}


def test_a_time_to_keep_that_is_no_number_of_days_is_refused() -> None:
    for value in ("-1", "36501", "30.5", "true", "'90'"):
        with pytest.raises(StudyError, match=r"privacy.identities_days is .* from 0 to 36500"):
            parse_study(LEAST + f"[privacy]\nidentities_days = {value}\n", "t.toml")
    with pytest.raises(StudyError, match=r"privacy.identity_days is unknown; did you mean"):
        parse_study(LEAST + "[privacy]\nidentity_days = 3\n", "t.toml")
