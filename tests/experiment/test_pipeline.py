"""The whole way, with people whose memory is known: HTTP, database, export, scores, report."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist, fmean

import pandas as pd
import pytest
from scipy import stats
from sqlalchemy import select

from analysis.dataset import read_dataset
from analysis.report import write_report
from analysis.scores.scoring import image_scores
from experiment.database import Database
from experiment.export.dataset import export_study
from experiment.models import Participant
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.simulation.crowd import Crowd
from experiment.simulation.memorability import draw_memorability
from experiment.simulation.memory import Memory, logit
from experiment.simulation.play import Conditions, simulate_study
from tests.experiment.pictures import open_picture_study
from tests.experiment.serving import serving

N_PARTICIPANTS = 60
N_IMAGES = 80
# 30 of 80 possible targets each: about 22 responses per image.
PARADIGM = {
    "n_targets": 30,
    "n_fillers": 8,
    "n_vigilance": 4,
    "target_lags": [10, 55],
    "vigilance_lags": [2, 7],
    "attention": [],  # everybody tries
}


RULES = [
    {
        "name": "misses", "measure": "vigilance_miss_rate", "fires": "above", "threshold": 0.5,
        "n_least": 4, "when": "during", "action": "end_participation",
        "discards": "participant",
    },
    {
        "name": "false_alarms", "measure": "false_alarm_rate", "fires": "at_least",
        "threshold": 0.4, "last": 20, "when": "during", "action": "end_participation",
        "discards": "participant",
    },
]  # fmt: skip
N_CARELESS = 15  # press always, never, or at random


def expected_hit_rate(memory: Memory, memorability: float, lag: int) -> float:
    """Mean over people of abilities on 401 quantiles; formula in the docstring of Memory."""
    quantiles = [NormalDist(0, memory.ability_sd).inv_cdf((i + 0.5) / 401) for i in range(401)]
    centre = logit(memorability) - memory.decay * math.log(lag / memory.reference_lag)
    known = fmean(1 / (1 + math.exp(-centre - q)) for q in quantiles)
    recent = memory.recent_rate * math.exp((1 - lag) / memory.recent_lags)
    return (1 - memory.lapse_rate) * (1 - (1 - known) * (1 - recent))


def expected_correlation(truth: pd.Series, n: pd.Series) -> float:
    """Spearman of hit rates with their truth where nothing but the number of responses blurs them.

    √R with R the share of true variance, binomial noise p(1 - p)/n being the rest (Spearman 1904),
    carried from Pearson to Spearman as for normal variables (Pearson 1907).
    """
    reliability = truth.var() / (truth.var() + (truth * (1 - truth) / n).mean())
    return 6 / math.pi * math.asin(math.sqrt(reliability) / 2)


@pytest.mark.postgresql
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)  # the test below has the other
def test_the_export_of_simulated_people_recovers_what_they_remember(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    slug = open_picture_study(settings, database, N_IMAGES, PARADIGM)
    memorability: dict[str, float] = {}

    def memory_of(image_ids: Sequence[str]) -> Mapping[str, float]:
        memorability.update(draw_memorability(image_ids, 4))
        return memorability

    with serving(settings, tmp_path / "server.log") as server:
        summary = simulate_study(
            settings, database, slug, server.url, memory_of, range(N_PARTICIPANTS), seed=4
        )
    assert summary.failures == ()
    assert (summary.n_finished, summary.n_responses) == (60, 60 * 76)

    export_study(database, settings.instance, slug, tmp_path / "real")
    assert len(pd.read_csv(tmp_path / "real" / "trials.csv")) == 0  # simulated people are left out
    export_study(database, settings.instance, slug, tmp_path / "data", include_simulated=True)
    dataset = read_dataset(tmp_path / "data")
    assert dataset.runs is not None
    assert dataset.trials is not None
    assert set(dataset.runs["state"]) == {"finished"}
    assert dataset.runs["is_simulated"].all()

    scores = image_scores(dataset)
    assert scores["repeats"].min() >= 22  # 60 × 30 / 80 = 22.5 each, given out evenly
    assert scores["repeats"].max() <= 23
    memory = Memory(memorability)
    targets = dataset.trials.query("role == 'target' and is_repeat")
    expected = [
        expected_hit_rate(memory, memorability[image_id], lag)
        for image_id, lag in zip(targets["image_id"], targets["lag"], strict=True)
    ]
    truth = pd.Series(expected).groupby(targets["image_id"].to_numpy()).mean()
    n = scores["repeats"].loc[truth.index]
    rho = stats.spearmanr(scores["hit_rate"].loc[truth.index], truth).statistic
    ceiling = expected_correlation(truth, n)
    error = math.sqrt((1 + ceiling**2 / 2) / (N_IMAGES - 3))  # of Fisher's z (Bonett, Wright 2000)
    assert math.atanh(rho) == pytest.approx(math.atanh(ceiling), abs=4 * error)
    assert scores["hit_rate"].mean() == pytest.approx(truth.mean(), abs=0.05)
    assert scores["false_alarm_rate"].mean() == pytest.approx(0.1, abs=0.03)

    predictions = pd.DataFrame({"image_id": truth.index, "prediction": truth.to_numpy()})
    predictions = predictions.assign(model="truth", sha256=None, fingerprint=None, error=None)
    page = write_report(dataset, predictions, tmp_path / "report", n_splits=100)
    assert "Pictures" in page.read_text(encoding="utf-8")
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert (report["n_participants"], report["n_images"]) == (60, 80)
    assert report["comparisons"][0]["model"] == "truth"
    assert report["comparisons"][0]["corr_all"] == pytest.approx(rho)
    assert [row["hits"] for row in report["images"]] == scores["hits"].tolist()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # the test above has the other
def test_attention_rules_remove_the_careless_and_the_rest_tell_the_truth(
    settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiment.simulation.browser.FIRST_WAIT_S", 0.01)
    slug = open_picture_study(settings, database, N_IMAGES, PARADIGM)
    with database.write() as session:
        study = find_study(session, slug)
        study.paradigm = study.paradigm | {"attention": RULES}
    memorability: dict[str, float] = {}

    def memory_of(image_ids: Sequence[str]) -> Mapping[str, float]:
        memorability.update(draw_memorability(image_ids, 109))
        return memorability

    # Forty-five who try, on good and bad networks, some of whom leave; fifteen who do not look.
    crowd = Crowd(careless=0.25, dropouts=0.1, flaky=0.2)
    players = range(N_PARTICIPANTS)
    habits = {number: crowd.habits(109, number) for number in players}
    careless = {number for number, person in habits.items() if person.kind != "attentive"}
    leaving = {number for number, person in habits.items() if person.leaves_after is not None}
    assert leaving.isdisjoint(careless)  # the seed is one where nobody is both
    assert len(careless) == N_CARELESS
    with serving(settings, tmp_path / "server.log") as server:
        summary = simulate_study(
            settings, database, slug, server.url, memory_of, players, seed=109,
            conditions=Conditions(crowd=crowd),
        )  # fmt: skip
    assert summary.failures == ()
    assert summary.outcomes["left"] == len(leaving) >= 3

    export_study(database, settings.instance, slug, tmp_path / "data", include_simulated=True)
    dataset = read_dataset(tmp_path / "data")
    assert dataset.exclusions is not None
    excluded = set(dataset.exclusions["participant_id"])
    with database.read() as session:
        people = session.execute(select(Participant.public_id, Participant.outcome))
        blocked = {person for person, outcome in people if outcome == "attention"}
    assert excluded == blocked
    # All who press always or never, most who press at random, and hardly any of those who try: with
    # hit rates of .7 and more few miss half of the vigilance repeats.
    assert summary.outcomes["ended"] == len(excluded)
    assert N_CARELESS - 2 <= len(excluded) <= N_CARELESS + 4

    scores = image_scores(dataset)
    memory = Memory(memorability)
    assert dataset.trials is not None
    kept = dataset.trials[~dataset.trials["participant_id"].isin(excluded)]
    targets = kept.query("role == 'target' and is_repeat and not is_interrupted")
    expected = [
        expected_hit_rate(memory, memorability[image_id], lag)
        for image_id, lag in zip(targets["image_id"], targets["lag"], strict=True)
    ]
    truth = pd.Series(expected).groupby(targets["image_id"].to_numpy()).mean()
    rho = stats.spearmanr(scores["hit_rate"].loc[truth.index], truth).statistic
    ceiling = expected_correlation(truth, scores["repeats"].loc[truth.index])
    error = math.sqrt((1 + ceiling**2 / 2) / (N_IMAGES - 3))
    assert math.atanh(rho) == pytest.approx(math.atanh(ceiling), abs=4 * error)
    assert scores["hit_rate"].mean() == pytest.approx(truth.mean(), abs=0.05)
    assert scores["false_alarm_rate"].mean() == pytest.approx(0.1, abs=0.03)

    everybody = image_scores(replace(dataset, exclusions=None))
    assert everybody["false_alarm_rate"].mean() > 0.15  # a quarter of all press at 2/3 of theirs
