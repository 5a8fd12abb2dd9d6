"""The memory of simulated participants against the formulas of its docstring."""

import math
from pathlib import Path
from statistics import NormalDist, fmean, median, pstdev

import numpy as np
import pytest

from experiment.simulation.browser import PageReader, SimulationError
from experiment.simulation.memorability import (
    draw_memorability,
    follow_partly,
    read_memorability,
    spread_ranks,
)
from experiment.simulation.memory import Memory, Person, logit
from experiment.simulation.player import answers, recogniser

MEMORY = Memory({"easy": 0.9, "hard": 0.5})


def expected_hit_rate(memorability: float, lag: int) -> float:
    """Mean over persons: the logistic of a normal, integrated on 2,001 quantiles of ability."""
    quantiles = [NormalDist().inv_cdf((i + 0.5) / 2001) for i in range(2001)]
    centre = logit(memorability) - MEMORY.decay * math.log(lag / MEMORY.reference_lag)
    known = [1 / (1 + math.exp(-(centre + MEMORY.ability_sd * q))) for q in quantiles]
    return (1 - MEMORY.lapse_rate) * fmean(known)


@pytest.mark.parametrize(("image_id", "lag"), [("easy", 80), ("hard", 80), ("hard", 3)])
def test_hit_rates_are_what_memorability_ability_lag_and_lapses_make_of_them(
    image_id: str, lag: int
) -> None:
    people = [Person(MEMORY, 5, number) for number in range(4000)]
    pressed = [person.answer(image_id, lag, 1400.0).pressed for person in people]
    truth = expected_hit_rate(MEMORY.memorability[image_id], lag)
    # four standard errors of 4,000 binary answers
    assert fmean(pressed) == pytest.approx(truth, abs=4 * math.sqrt(truth * (1 - truth) / 4000))


def test_first_showings_are_mistaken_about_one_time_in_ten() -> None:
    image_ids = [f"image {i}" for i in range(200)]
    memory = Memory(dict.fromkeys(image_ids, 0.7))
    people = [Person(memory, 2, number) for number in range(50)]
    rates = [fmean(p.answer(i, None, 1400.0).pressed for p in people) for i in image_ids]
    assert fmean(rates) == pytest.approx(0.1, abs=0.02)
    # The images differ by more than 50 binary answers each would (SD .042).
    assert pstdev(rates) > 0.045


def test_the_same_seed_gives_the_same_answers_and_another_seed_others() -> None:
    def play(seed: int) -> list[tuple[bool, float | None]]:
        found = [Person(MEMORY, seed, n).answer("hard", 50, 1400.0) for n in range(40)]
        return [(answer.pressed, answer.rt_ms) for answer in found]

    assert play(7) == play(7)
    assert play(7) != play(8)


def test_reaction_times_are_ex_gaussian_within_the_trial() -> None:
    people = [Person(MEMORY, 3, number) for number in range(3000)]
    found = [person.answer("easy", 80, 1400.0).rt_ms for person in people]
    times = [rt_ms for rt_ms in found if rt_ms is not None]
    # mean of an ex-Gaussian is mu + tau (480 + 130), its skew makes the median smaller
    assert fmean(times) == pytest.approx(610.0, abs=10.0)
    assert median(times) < fmean(times) - 10.0
    assert min(times) >= 200.0
    assert max(times) < 1400.0


def test_ranks_are_spread_like_real_hit_rates() -> None:
    scores = {f"{i:03}": 0.6 + 0.0001 * ((i * 37) % 200) for i in range(200)}
    spread = spread_ranks(scores)
    assert sorted(spread, key=spread.__getitem__) == sorted(scores, key=scores.__getitem__)
    assert fmean(spread.values()) == pytest.approx(0.70, abs=0.005)
    assert pstdev(spread.values()) == pytest.approx(0.12, abs=0.005)


def test_memorability_follows_scores_to_the_degree_that_is_asked_for() -> None:
    scores = {f"{i:04}": (i * 37 % 2000) / 2000 for i in range(2000)}
    for wanted in (0.0, 0.6, 1.0):
        memorability = follow_partly(scores, wanted, seed=1)
        pairs = np.array([[scores[i], memorability[i]] for i in scores])
        # Both are ranks laid on a distribution; a uniform and a normal one correlate .98 at most.
        assert np.corrcoef(pairs.T)[0, 1] == pytest.approx(wanted, abs=0.05)


def test_drawn_memorability_follows_the_seed() -> None:
    image_ids = [str(i) for i in range(50)]
    first, again, other = (draw_memorability(image_ids, seed) for seed in (1, 1, 2))
    assert first == again
    pairs = np.array([[first[i], other[i]] for i in image_ids])
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.5  # chance gives .14 with 50 images


def test_values_are_read_as_they_are_and_predictions_by_their_order(tmp_path: Path) -> None:
    (tmp_path / "values.csv").write_text("image_id,value\na,0.25\nb,1\nother,0.5\n")
    assert read_memorability(tmp_path / "values.csv", ["a", "b"]) == {"a": 0.25, "b": 1.0}
    (tmp_path / "predictions.csv").write_text(
        "image_id,sha256,model,prediction,fingerprint,error\n"
        "a,,resmem,0.81,f,\nb,,resmem,0.80,f,\nc,,resmem,,f,broken\n"
    )
    assert read_memorability(tmp_path / "predictions.csv", ["a", "b"]) == spread_ranks(
        {"a": 2.0, "b": 1.0}
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("image_id,score\na,1\n", "has the columns image_id, score; it needs"),
        ("image_id,value\na,high\n", "line 2: value 'high' is no number"),
        ("image_id,value\na,1.5\n", "line 2: value 1.5 is no probability"),
        ("image_id,value\na,0.5\na,0.6\n", "line 3: a second row for image_id 'a'"),
        ("image_id,value\na,0.5\n", "no value for 1 of the study's 2 images, for example 'b'"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, table: str, message: str) -> None:
    (tmp_path / "table.csv").write_text(table)
    with pytest.raises(SimulationError, match=message):
        read_memorability(tmp_path / "table.csv", ["a", "b"])


def test_a_picture_is_recognised_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "1.webp").write_bytes(b"one")
    (tmp_path / "2.webp").write_bytes(b"two")
    recognise = recogniser({"first": tmp_path / "1.webp", "second": tmp_path / "2.webp"})
    assert recognise(b"two") == "second"
    with pytest.raises(SimulationError, match="none of the study's"):
        recognise(b"three")


def test_a_player_answers_every_trial_from_what_it_sees() -> None:
    memory = Memory({"x": 1.0, "y": 1.0}, ability_sd=0.0, lapse_rate=0.0, false_alarm_rate=0.0)
    run = {
        "keys": ["r"],
        "trials": [{"position": p, "stimulus_ms": 600, "gap_ms": 800} for p in range(4)],
    }
    found = answers(run, ["x", "y", "x", "y"], Person(memory, 1, 1))
    # chances of .995 and .005 at most: the seed is one where both go the likely way
    assert [answer["key"] for answer in found] == [None, None, "r", "r"]
    assert [answer["position"] for answer in found] == [0, 1, 2, 3]
    assert found[1]["onset_ms"] == pytest.approx(1400.0)  # 84 frames of 60 Hz
    assert found[1]["offset_ms"] == pytest.approx(2000.0)
    assert found[2]["keys"] == [{"key": "r", "at_ms": found[2]["rt_ms"]}]


def test_forms_are_filled_as_by_somebody_who_agrees() -> None:
    reader = PageReader()
    reader.feed(
        '<form method="post" action="/next"><input type="hidden" name="token" value="t">'
        '<input type="checkbox" name="agree" value="yes">'
        '<button name="answer" value="yes">Yes</button>'
        '<button name="answer" value="no">No</button></form>'
        '<script type="application/json" id="game">{"a": "\\u003c"}</script>'
    )
    assert reader.forms[0].fields == {"token": "t", "agree": "yes", "answer": "yes"}
    assert (reader.forms[0].method, reader.forms[0].action) == ("post", "/next")
    assert reader.data == {"game": '{"a": "\\u003c"}'}
