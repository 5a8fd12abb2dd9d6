"""The memory of simulated participants against the formulas of its docstring."""

import math
from collections import Counter
from pathlib import Path
from random import Random
from statistics import NormalDist, fmean, median, pstdev

import httpx
import numpy as np
import pytest

from experiment.simulation.browser import SimulationError
from experiment.simulation.crowd import Crowd, Kind
from experiment.simulation.forms import Page, PageReader
from experiment.simulation.game import Screen
from experiment.simulation.memorability import (
    draw_memorability,
    follow_partly,
    read_memorability,
    spread_ranks,
)
from experiment.simulation.memory import Memory, Person, logit
from experiment.simulation.network import FlakyTransport
from experiment.simulation.player import next_form, recogniser

MEMORY = Memory({"easy": 0.9, "hard": 0.5})


def expected_hit_rate(memorability: float, lag: int) -> float:
    """Mean over persons: the logistic of a normal, integrated on 2,001 quantiles of ability."""
    quantiles = [NormalDist().inv_cdf((i + 0.5) / 2001) for i in range(2001)]
    centre = logit(memorability) - MEMORY.decay * math.log(lag / MEMORY.reference_lag)
    known = [1 / (1 + math.exp(-(centre + MEMORY.ability_sd * q))) for q in quantiles]
    recent = 0.9 * math.exp((1 - lag) / 6)
    return (1 - MEMORY.lapse_rate) * fmean(1 - (1 - k) * (1 - recent) for k in known)


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
    screen = Screen(Person(memory, 1, 1))
    trials = [{"position": p, "stimulus_ms": 600, "gap_ms": 800} for p in range(4)]
    found = [
        screen.respond(trial, image_id, "r", "off")
        for trial, image_id in zip(trials, ["x", "y", "x", "y"], strict=True)
    ]
    # chances of .995 and .005 at most: the seed is one where both go the likely way
    assert [answer["key"] for answer in found] == [None, None, "r", "r"]
    assert [answer["position"] for answer in found] == [0, 1, 2, 3]
    assert found[1]["onset_ms"] == pytest.approx(1400.0)  # 84 frames of 60 Hz
    assert found[1]["offset_ms"] == pytest.approx(2000.0)
    assert found[2]["keys"] == [{"key": "r", "at_ms": found[2]["rt_ms"]}]
    assert found[2]["feedback_onset_ms"] is None


def test_what_was_seen_in_one_run_is_known_in_the_next() -> None:
    memory = Memory({"x": 1.0}, ability_sd=0.0, lapse_rate=0.0, false_alarm_rate=0.0, decay=0.0)
    screen = Screen(Person(memory, 1, 1))
    trial = {"position": 0, "stimulus_ms": 600, "gap_ms": 800}
    first = screen.respond(trial, "x", "r", "border")
    screen.begin_run()
    again = screen.respond(trial, "x", "r", "border")
    assert (first["key"], again["key"]) == (None, "r")
    assert again["onset_ms"] == 0.0
    assert again["feedback_onset_ms"] == pytest.approx(again["rt_ms"] + 60)


@pytest.mark.parametrize(("kind", "chance"), [("always", 1.0), ("never", 0.0), ("random", 0.5)])
def test_the_careless_press_whatever_is_shown(kind: Kind, chance: float) -> None:
    people = [Person(MEMORY, 9, number, kind) for number in range(400)]
    for lag in (None, 3, 80):
        pressed = fmean(person.answer("hard", lag, 1400.0).pressed for person in people)
        assert pressed == pytest.approx(chance, abs=4 * 0.5 / math.sqrt(400) * (chance == 0.5))


def test_a_crowd_has_the_shares_that_were_asked_for_and_is_the_same_for_a_seed() -> None:
    crowd = Crowd(careless=0.3, dropouts=0.2, flaky=0.5)
    people = [crowd.habits(4, number) for number in range(3000)]
    assert people == [crowd.habits(4, number) for number in range(3000)]
    kinds: Counter[str] = Counter(person.kind for person in people)
    for kind, share in (("attentive", 0.7), ("always", 0.1), ("never", 0.1), ("random", 0.1)):
        assert kinds[kind] / 3000 == pytest.approx(share, abs=0.035)  # 4 standard errors
    left = [p.leaves_after for p in people if p.leaves_after is not None]
    assert len(left) / 3000 == pytest.approx(0.2, abs=0.03)
    assert fmean(left) == pytest.approx(0.5, abs=0.05)  # anywhere in a run
    assert fmean(person.is_flaky for person in people) == pytest.approx(0.5, abs=0.04)


def test_a_bad_network_loses_requests_and_answers_of_the_game_only() -> None:
    arrived: list[str] = []

    def server(request: httpx.Request) -> httpx.Response:
        arrived.append(request.url.path)
        return httpx.Response(200, text="ok")

    flaky = FlakyTransport(httpx.MockTransport(server), Random(1), loss=0.25)
    with httpx.Client(transport=flaky, base_url="http://study") as client:
        n_answered = 0
        for _ in range(400):
            assert client.get("/s/study").text == "ok"
            try:
                n_answered += client.get("/api/v1/runs/x").status_code == 200
            except httpx.TransportError:
                continue
    n_arrived = arrived.count("/api/v1/runs/x")
    # 400 × .75 arrive, of which .75 are answered; 4 standard errors
    assert n_arrived == pytest.approx(300, abs=4 * math.sqrt(400 * 0.25 * 0.75))
    assert n_answered == pytest.approx(225, abs=4 * math.sqrt(400 * 0.5625 * 0.4375))
    assert flaky.n_lost == 400 - n_answered


def test_forms_are_filled_as_by_somebody_who_agrees() -> None:
    page = read(
        '<form method="post" action="/next"><input type="hidden" name="token" value="t">'
        '<input type="checkbox" name="agree" value="yes">'
        '<button name="answer" value="yes">Yes</button>'
        '<button name="answer" value="no">No</button></form>'
        '<script type="application/json" id="game">{"a": "\\u003c"}</script>'
    )
    (form,) = page.forms
    assert form.filled(Random(1)) == {"token": "t", "agree": "yes", "answer": "yes"}
    assert (form.method, form.action) == ("post", "/next")
    assert page.data == {"game": '{"a": "\\u003c"}'}


def test_questions_are_answered_within_what_they_allow_and_traps_are_left_empty() -> None:
    page = read(
        '<form method="post" action=""><input type="number" name="age" min="18" max="30">'
        '<input type="radio" name="colour" value="yes">'
        '<input type="radio" name="colour" value="no">'
        '<select name="hand"><option value="">choose</option><option value="left">left</option>'
        '</select><textarea name="remarks"></textarea><input name="website" tabindex="-1"></form>'
    )
    sent = [page.forms[0].filled(Random(seed)) for seed in range(50)]
    assert {answers["colour"] for answers in sent} == {"yes", "no"}
    assert all(18 <= int(answers["age"]) <= 30 for answers in sent)
    assert {answers["hand"] for answers in sent} == {"left"}
    assert {answers["website"] for answers in sent} == {""}
    assert all(answers["remarks"] for answers in sent)


def test_only_the_form_that_leads_on_is_followed() -> None:
    forms = "".join(
        f'<form method="post" action="{action}"><button>x</button></form>'
        for action in ("/s/study/play", "https://elsewhere.org/s/study/thanks2", "/withdraw")
    )
    assert next_form(read(forms)) is None
    here = read(forms + '<form method="post" action="/s/study/thanks"></form>')
    assert next_form(here) is here.forms[-1]


def read(html: str) -> Page:
    reader = PageReader()
    reader.feed(html)
    return Page("http://server/s/study/thanks?code=1", tuple(reader.forms), reader.data)
