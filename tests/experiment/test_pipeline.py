"""The whole way, with people whose memory is known: HTTP, database, export, scores, report."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import NormalDist, fmean

import pandas as pd
import pytest
from scipy import stats

from analysis.dataset import read_dataset
from analysis.report import write_report
from analysis.scores.scoring import image_scores
from experiment.database import Database
from experiment.export.dataset import export_study
from experiment.settings import Settings
from experiment.simulation.memorability import draw_memorability
from experiment.simulation.memory import Memory, logit
from experiment.simulation.play import simulate_study
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
}


def expected_hit_rate(memory: Memory, memorability: float, lag: int) -> float:
    """Mean over people of abilities on 401 quantiles; formula in the docstring of Memory."""
    quantiles = [NormalDist(0, memory.ability_sd).inv_cdf((i + 0.5) / 401) for i in range(401)]
    centre = logit(memorability) - memory.decay * math.log(lag / memory.reference_lag)
    return (1 - memory.lapse_rate) * fmean(1 / (1 + math.exp(-centre - q)) for q in quantiles)


def expected_correlation(truth: pd.Series, n: pd.Series) -> float:
    """Spearman of hit rates with their truth where nothing but the number of responses blurs them.

    √R with R the share of true variance, binomial noise p(1 - p)/n being the rest (Spearman 1904),
    carried from Pearson to Spearman as for normal variables (Pearson 1907).
    """
    reliability = truth.var() / (truth.var() + (truth * (1 - truth) / n).mean())
    return 6 / math.pi * math.asin(math.sqrt(reliability) / 2)


def test_the_export_of_simulated_people_recovers_what_they_remember(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    slug = open_picture_study(settings, database, tmp_path / "pictures", N_IMAGES, PARADIGM)
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
