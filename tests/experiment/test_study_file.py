"""Study files: what is refused, with which words, and what the annotated file says."""

from pathlib import Path

import pytest

from experiment.design.paradigms import PRESETS
from experiment.errors import StudyError
from experiment.studies.file import parse_study, read_study_file, unwritten
from experiment.studies.template import template

LEAST = "title = 'T'\nslug = 't'\nimage_set = 'demo'\n[paradigm]\npreset = 'lamem2015'\n"


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
    for key in ("early_key_ms", "target_lags", "runs_per_participant", "background", "fillers"):
        assert f"# {key} = " in text


def test_a_files_own_values_change_the_preset() -> None:
    text = LEAST + "n_targets = 10\ntarget_lags = [5, 20]\nkeys = ['r']\n"
    paradigm = parse_study(text, "t.toml").paradigm
    assert (paradigm.n_targets, paradigm.target_lags, paradigm.keys) == (10, (5, 20), ("r",))
    assert paradigm.n_fillers == PRESETS["lamem2015"].n_fillers


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
    "title = ": "is not valid TOML",
    'title = "a\\u0000b"\n' + LEAST.partition("\n")[2]: "title contains a NUL character",
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
