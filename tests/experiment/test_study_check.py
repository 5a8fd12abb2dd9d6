"""What is said of a study before anybody plays: numbers of hand arithmetic, rules in words."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiment.design.attention import AttentionRule
from experiment.design.display import Display
from experiment.design.presets import PRESETS
from experiment.errors import StudyError
from experiment.settings import Settings
from experiment.studies.attention_words import ACTIONS, COMPARISONS, DISCARDS, rule_in_words
from experiment.studies.attention_words import MEASURES as MEASURES_IN_WORDS
from experiment.studies.attention_words import MOMENTS as MOMENTS_IN_WORDS
from experiment.studies.check import about_people, about_run, about_texts, explain
from experiment.studies.deviations import deviation_sentences
from experiment.studies.file import StudyDefinition, parse_study
from experiment.studies.lag_counts import LagBar, bars_in_text, lag_bars
from experiment.studies.needs import Needs, needs_of, participants_needed
from experiment.studies.pools import check_pools
from experiment.studies.template import template
from stimuli.importers import import_images
from tests.experiment.pictures import make_pictures
from tests.experiment.study_files import LEAST, definition

LAMEM = PRESETS["lamem2015"]
RULE = AttentionRule(
    name="misses",
    measure="vigilance_hit_rate",
    fires="below",
    threshold=0.5,
    last=10,
    n_least=4,
    scope="level",
    when="during",
    action="end_level",
    discards="level",
)

Explained = Callable[[StudyDefinition], str]


@pytest.fixture
def explained(tmp_path: Path) -> Explained:
    """What is said of a study of 24 pictures."""
    make_pictures(tmp_path / "originals", 24)
    settings = Settings(instance=tmp_path, database_url="sqlite://", secret_key="only in tests")
    import_images(tmp_path / "originals", settings.image_sets, "pictures")
    return lambda study: "\n".join(explain(study, settings))


def test_a_participant_of_lamem_takes_66_targets_and_42_others_a_run() -> None:
    assert needs_of(LAMEM, 1) == Needs(n_targets=66, n_others=42, n_answers=66)
    assert needs_of(LAMEM, 3) == Needs(n_targets=198, n_others=126, n_answers=198)
    # 40 responses × 396 images / 66 answers.
    assert participants_needed(40, 396, needs_of(LAMEM, 1)) == 240
    assert participants_needed(40, 397, needs_of(LAMEM, 1)) == 241
    assert participants_needed(40, 396, Needs(66, 42, 0)) is None


def test_images_that_return_need_images_in_all_runs_but_the_last() -> None:
    # 3 runs of 66 targets, 10 more leave the first two and are answered in the last two.
    returning = replace(LAMEM, n_returning=10)
    assert needs_of(returning, 3) == Needs(n_targets=218, n_others=126, n_answers=218)
    assert needs_of(returning, 1) == needs_of(LAMEM, 1)
    assert any("it has 10 trials more where they leave" in line for line in about_run(returning))


def test_lags_are_counted_in_stretches_of_equal_width() -> None:
    assert lag_bars([]) == []
    assert lag_bars([2, 2, 4]) == [LagBar(2, 2, 2), LagBar(3, 3, 0), LagBar(4, 4, 1)]
    # 26 lags into at most 12 stretches: 3 each, and 2 are left for the last.
    bars = lag_bars([1, 2, 3, 4, 26])
    assert (bars[0], bars[1], bars[-1]) == (LagBar(1, 3, 3), LagBar(4, 6, 1), LagBar(25, 26, 1))
    assert len(bars) == 9


def test_a_bar_is_as_long_as_its_lags_are_frequent() -> None:
    lines = list(bars_in_text([LagBar(1, 2, 8), LagBar(3, 3, 2)], 2))
    # 4 a lag in the first: 40 characters; 2 in the second: half of them.
    assert [line.count("█") for line in lines] == [40, 20]
    assert [line.split()[0] for line in lines] == ["1–2", "3"]
    assert [line.split()[-1] for line in lines] == ["4.0", "1.0"]


def test_an_even_paradigm_shows_even_bars(explained: Explained) -> None:
    said = explained(even_study())
    # 3 targets on 3 lags: each comes once in every run.
    for lag in (7, 8, 9):
        assert f"  {lag}  {'█' * 40}  1.0" in said
    # Variance 2/3 of 7, 8 and 9, and 10 responses: √(2/30) = 0.26
    assert "Over 10 responses the mean lag of an image is 8.0 ± 0.3" in said


def even_study() -> StudyDefinition:
    """Each of three lags once in a run."""
    study = definition()
    even = replace(study.paradigm, target_lags=(7, 9), target_lag_distribution="even")
    return replace(study, paradigm=even)


def test_quota_and_cost_are_those_of_hand_arithmetic(explained: Explained) -> None:
    more = "participants = 30\npay = 2.5\nfee_percent = 33\ncurrency = 'EUR'\n"
    said = explained(definition(more=more))
    # 10 responses × 24 images / 3 targets = 80 people; 30 give 30 × 3 / 24 = 3.75 responses.
    assert "80 participants who play all their runs" in said
    assert "lets 30 in: 50 fewer than the goal needs; 3.8 responses per image" in said
    # 30 × 2.50 × 1.33.
    assert "Cost: 30 × 2.50 EUR + 33 % fee = 99.75 EUR." in said
    more = more.replace("participants = 30\n", "").replace("fee_percent = 33\n", "")
    said = explained(definition(more=more))
    assert "Cost: 80 × 2.50 EUR = 200.00 EUR." in said
    assert "quota" not in said
    assert "lets 80 in: enough" in explained(definition(more="participants = 80\n"))


def test_levels_are_told_one_by_one_and_at_most() -> None:
    levels = replace(LAMEM, n_levels=2, rests="offered")
    said = "\n".join(about_run(levels))
    minutes = levels.duration_ms / 60_000
    assert f"({minutes:.1f} minutes)" in said
    assert f"at most: 2 levels of {minutes / 2:.1f} minutes, a rest after each, and one may" in said


def test_flashes_are_counted_with_the_feedback() -> None:
    # 1.4 s from one onset to the next: one flash of the image, one more of the feedback
    assert "  0.7 flashes per second; 3 are safe." in list(about_run(LAMEM))
    assert "  1.4 flashes per second; 3 are safe." in list(
        about_run(replace(LAMEM, feedback="border"))
    )


def test_a_rule_is_a_sentence() -> None:
    assert rule_in_words(RULE) == (
        "misses: while it is played, if the hit rate of the last 10 vigilance repeats of the "
        "level, once there are 4 of them, is below 0.5, the run ends there and another may be "
        "begun; the level is left out of the scores."
    )


def test_every_word_of_the_rules_has_its_words() -> None:
    from experiment.design import attention

    for words, known in (
        (MEASURES_IN_WORDS, attention.MEASURES),
        (COMPARISONS, attention.COMPARISONS),
        (MOMENTS_IN_WORDS, attention.MOMENTS),
        (ACTIONS, attention.ACTIONS),
        (DISCARDS, attention.DISCARDS),
    ):
        assert tuple(words) == known


def test_deviations_name_the_key_of_display_and_of_each_rule() -> None:
    preset = replace(LAMEM, attention=(RULE, replace(RULE, name="alarms")))
    ours = replace(
        LAMEM,
        n_fillers=31,
        display=Display(crop="square", fixation=True),
        attention=(replace(RULE, threshold=0.6), replace(RULE, name="keys")),
    )
    said = list(deviation_sentences(ours, preset))
    assert said[:4] == [
        "n_fillers is 31; in lamem2015 it is 30",
        "display.crop is square; in lamem2015 it is none",
        "display.fixation is on; in lamem2015 it is off",
        "attention rule misses: threshold is 0.6; in lamem2015 it is 0.5",
    ]
    assert said[4].startswith("an attention rule that lamem2015 has not: keys: while")
    assert said[5].startswith("an attention rule of lamem2015 is left out: alarms: while")
    assert len(said) == 6
    assert list(deviation_sentences(LAMEM, LAMEM)) == []


def test_the_code_of_each_end_and_the_address_are_told() -> None:
    codes = {"completed": "C0FFEE", "screened_out": "5C4EE2"}
    study = replace(definition(), recruitment={"kind": "prolific", "codes": codes})
    settings = Settings(instance=Path(), database_url="sqlite://", secret_key="only in tests")
    assert list(about_people(study, settings)) == [
        "People come from prolific, to http://127.0.0.1:8000/s/pets?PROLIFIC_PID="
        "{{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}",
        "  completed: C0FFEE",
        "  screened out: 5C4EE2",
        "  What prolific calls them is erased 90 days after they ended, or were last seen.",
    ]


def test_without_a_recruiter_the_address_is_told_alone() -> None:
    settings = Settings(instance=Path(), database_url="sqlite://", secret_key="only in tests")
    told = list(about_people(definition(), settings))
    assert told == ["People come to http://127.0.0.1:8000/s/pets"]


def test_a_text_that_explains_another_game_is_told() -> None:
    text = template(Path("t.toml"), "pictures")
    assert not any("explains" in line for line in about_texts(parse_study(text, "t.toml")))
    changed = text.replace('# keys = [" "]', 'keys = ["r"]')
    said = [line for line in about_texts(parse_study(changed, "t.toml")) if "explains" in line]
    assert ["welcome" in said[0], "instructions" in said[1], len(said)] == [True, True, 2]
    # Without texts in the file they are ours, and about the changed paradigm.
    ours = parse_study(LEAST + "keys = ['r']", "t.toml")
    assert not any("explains" in line for line in about_texts(ours))
    assert "press the R key" in ours.texts["welcome"].replace("\n", " ")


def picture(scene: str, number: int) -> Any:
    """An image as far as pools look at it."""
    return SimpleNamespace(category=None, attributes={"scene": scene}, image_id=str(number))


@pytest.mark.parametrize(("n_scenes", "n_without", "is_enough"), [(9, 0, 1), (8, 1, 1), (8, 0, 0)])
def test_a_person_sees_one_image_of_a_cluster(
    n_scenes: int, n_without: int, is_enough: int
) -> None:
    # A run of 14 trials has 9 different images; three pictures of each scene.
    images = [picture(f"scene {n % n_scenes}", n) for n in range(3 * n_scenes)]
    images += [picture("", n) for n in range(n_without)]
    study = replace(definition(), cluster="scene")
    if is_enough:
        assert len(check_pools(study, images)[0]) == len(images)
    else:
        words = r"needs 9 different images from different clusters of 'scene', but .* has 8"
        with pytest.raises(StudyError, match=words):
            check_pools(study, images)


def test_clusters_by_a_column_that_no_image_has_are_refused() -> None:
    study = replace(definition(), cluster="scenes")
    with pytest.raises(StudyError, match=r"images.cluster: .* no column 'scenes'; did you mean"):
        check_pools(study, [picture("a", n) for n in range(24)])


def test_a_paradigm_of_ones_own_is_called_so(explained: Explained) -> None:
    study = definition()
    own = replace(study.paradigm, source="Me (2026).")
    said = explained(replace(study, preset=None, paradigm=own, related=("cats", "dogs")))
    assert "Paradigm: your own, after no published one.\n  Me (2026)." in said
    assert "over the related studies cats, dogs" in said
