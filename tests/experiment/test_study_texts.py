"""The texts that a study has where its file says nothing: about its game, in its language."""

from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from experiment.design.paradigms import Paradigm
from experiment.design.presets import PRESETS
from experiment.studies import defaults
from experiment.studies.defaults import default_texts, with_minutes
from experiment.studies.file import unwritten

LAMEM = PRESETS["lamem2015"]


def flat(paradigm: Paradigm, name: str) -> str:
    """One of the English texts in one line."""
    return " ".join(default_texts("en", paradigm)[name].split())


def test_the_texts_name_the_keys_of_the_game() -> None:
    paradigm = replace(LAMEM, keys=("r", "Enter"))
    for name in ("welcome", "instructions"):
        assert "ress the R key or the Enter key" in flat(paradigm, name)
        assert "space bar" not in flat(paradigm, name)
        assert "ress the space bar" in flat(LAMEM, name)


def test_a_game_in_two_parts_has_instructions_for_each() -> None:
    paradigm = replace(LAMEM, phases="study_test", n_lures=20, rests="required")
    assert list(default_texts("en", paradigm)) == [
        *("welcome", "consent", "instructions", "test_instructions", "thanks")
    ]
    assert "test_instructions" not in default_texts("en", LAMEM)
    assert "A few come back already in this part." in flat(paradigm, "instructions")
    assert "in the first part" in flat(paradigm, "test_instructions")
    without = replace(paradigm, n_vigilance=0)
    assert "press" not in flat(without, "instructions").lower()


def test_levels_that_one_may_stop_after_are_told_with_their_length() -> None:
    # 5 levels of 186 × 1.4 s = 260 s, about 4 minutes.
    paradigm = replace(LAMEM, n_levels=5, rests="offered")
    minutes = round(paradigm.duration_ms / 5 / 60_000)
    assert f"up to 5 levels of about {minutes} min each" in flat(paradigm, "welcome")
    assert "a rest after each" in flat(paradigm, "instructions")
    assert "a rest" not in flat(replace(paradigm, n_levels=1, rests="none"), "instructions")


@pytest.mark.parametrize(
    ("feedback", "words"), [("symbol", "a grey cross"), ("border", "a red border"), ("off", "")]
)
def test_feedback_is_told_where_there_is_any(feedback: str, words: str) -> None:
    said = flat(replace(LAMEM, feedback=feedback), "instructions")
    assert words in said
    assert ("When you press" in said) is (feedback != "off")


def test_who_comes_from_a_panel_is_told_that_its_number_is_kept() -> None:
    waiting = [unwritten(default_texts("en", LAMEM, recruited=it)) for it in (False, True)]
    assert [len(parts) for parts in waiting] == [1, 2]
    assert "[NAME OF THE PANEL OR LAB]" in waiting[1][1]


def test_minutes_are_those_of_a_run_and_at_least_one() -> None:
    assert with_minutes("{minutes} min", LAMEM) == "4 min"  # 260.4 s
    short = replace(
        LAMEM, stimulus_ms=34, gap_ms=300, n_targets=1, target_lags=(36, 40), n_fillers=20
    )  # 16 s
    assert with_minutes("{minutes} min", short) == "1 min"


def test_texts_are_in_the_language_of_the_study_where_there_is_a_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = Catalog(locale="de")
    catalog.add("You can close this window now.", "Sie können dieses Fenster jetzt schließen.")
    catalog.add("the space bar", "die Leertaste")
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    monkeypatch.setattr(defaults, "CATALOGUES", tmp_path)
    for language in ("de", "de-AT"):
        texts = default_texts(language, LAMEM)
        assert "Fenster jetzt schließen" in texts["thanks"]
        assert "die Leertaste" in texts["welcome"].replace("\n", " ")
    assert "the space bar" in default_texts("nl", LAMEM)["welcome"].replace("\n", " ")
