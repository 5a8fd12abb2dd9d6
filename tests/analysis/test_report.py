"""The report's numbers against independent computations, whatever the data lack."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.dataset import read_dataset, write_dataset
from analysis.errors import AnalysisError
from analysis.importers.counts import import_counts
from analysis.readable import decimal, percent
from analysis.report import write_report
from analysis.report.left_out import left_out
from analysis.report.record import jsonable
from tests.analysis import report_data
from tests.analysis.page_reader import Page, text_of
from tests.analysis.report_data import Truth


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return report_data.write_dataset(tmp_path_factory.mktemp("report") / "dataset", notice="Demo.")


@pytest.fixture(scope="module")
def written(truth: Truth) -> Path:
    out = truth.folder / "report"
    return write_report(read_dataset(truth.folder), truth.predictions, out, n_splits=200)


@pytest.fixture(scope="module")
def numbers(written: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written.with_name("report.json").read_text("utf-8"))
    return found


def test_counts_and_rates_are_those_that_were_drawn(
    truth: Truth, numbers: Mapping[str, Any]
) -> None:
    for row in numbers["images"]:
        counts = truth.counts.loc[row["image_id"]]
        assert {name: row[name] for name in counts.index} == counts.to_dict()
        if counts["repeats"]:
            assert row["hit_rate"] == counts["hits"] / counts["repeats"]
            assert row["false_alarm_rate"] == counts["false_alarms"] / counts["firsts"]
    assert len(numbers["images"]) == len(truth.counts)
    assert numbers["n_participants"] == 24


def test_intervals_of_rates_are_scipys_wilson(truth: Truth, numbers: Mapping[str, Any]) -> None:
    row = numbers["images"][0]
    wanted = stats.binomtest(row["hits"], row["repeats"]).proportion_ci(method="wilson")
    assert (row["hit_rate_low"], row["hit_rate_high"]) == pytest.approx((wanted.low, wanted.high))


def test_both_scales_follow_from_the_data(truth: Truth, numbers: Mapping[str, Any]) -> None:
    (comparison,) = numbers["comparisons"]
    rates = truth.counts["hits"] / truth.counts["repeats"]
    predictions = truth.predictions.set_index("image_id")["prediction"]
    everybody = stats.spearmanr(rates, predictions.reindex(rates.index)).statistic
    assert comparison["corr_all"] == pytest.approx(everybody)
    (split,) = [c for c in numbers["consistency"] if c["score"] == "hit_rate"]
    assert comparison["rho"] == pytest.approx(split["rho"])
    assert comparison["ceiling_half"] == pytest.approx(math.sqrt(split["rho"]))
    # Spearman–Brown of halves as unequal as random ones are, by a plain loop.
    trials = pd.read_csv(truth.folder / "trials.csv")
    seen = trials[trials["is_repeat"]].pivot_table(
        index="participant_id", columns="image_id", values="responded", aggfunc="size"
    )
    rng, noise = np.random.default_rng(6), []
    for _ in range(400):
        order = rng.permutation(len(seen))
        noise += [1 / seen.iloc[order[i::2]].sum() for i in (0, 1)]
    k = np.mean(noise) / np.mean(1 / seen.sum())
    assert k > 2
    expected = k * split["rho"] / (1 + (k - 1) * split["rho"])
    assert split["reliability"] == pytest.approx(expected, abs=1e-3)
    assert comparison["ceiling_all"] == pytest.approx(math.sqrt(split["reliability"]))


def test_the_correlation_of_hit_and_false_alarm_rates_is_scipys(
    truth: Truth, numbers: Mapping[str, Any]
) -> None:
    hits = truth.counts["hits"] / truth.counts["repeats"]
    alarms = truth.counts["false_alarms"] / truth.counts["firsts"]
    assert numbers["rate_correlation"] == pytest.approx(stats.spearmanr(hits, alarms).statistic)


def test_split_half_of_a_plain_loop_agrees(truth: Truth, numbers: Mapping[str, Any]) -> None:
    trials = pd.read_csv(truth.folder / "trials.csv")
    repeats = trials[trials["is_repeat"]]
    table = repeats.pivot_table(index="participant_id", columns="image_id", values="responded")
    rng, rhos = np.random.default_rng(5), []
    for _ in range(200):
        order = rng.permutation(len(table))
        halves = [table.iloc[order[i::2]].astype(float).mean() for i in (0, 1)]
        rhos.append(halves[0].corr(halves[1], method="spearman"))
    (split,) = [c for c in numbers["consistency"] if c["score"] == "hit_rate"]
    # Other random splits: four standard errors of the mean of 200 splits, twice over.
    assert split["rho"] == pytest.approx(np.mean(rhos), abs=8 * split["spread"] / math.sqrt(200))


def test_the_same_seed_gives_the_same_numbers(truth: Truth, tmp_path: Path) -> None:
    dataset = read_dataset(truth.folder)
    found = []
    for name in ("a", "b"):
        write_report(dataset, truth.predictions, tmp_path / name, n_splits=20, seed=4)
        told = json.loads((tmp_path / name / "report.json").read_text("utf-8"))
        del told["made_at"]
        found.append(told)
    assert found[0] == found[1]


def test_people_alone_make_a_report(truth: Truth, tmp_path: Path) -> None:
    written = write_report(read_dataset(truth.folder), None, tmp_path, n_splits=20)
    page = Page(written.read_text("utf-8"))
    assert "against people" not in text_of(page)
    told = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert told["comparisons"] == []
    assert told["predictions"] is None
    assert "comparison.csv" not in page.downloads()


def test_several_models_are_each_reported(truth: Truth, tmp_path: Path) -> None:
    other = truth.predictions.assign(model="other", prediction=1 - truth.predictions["prediction"])
    both = pd.concat([truth.predictions, other], ignore_index=True)
    written = write_report(read_dataset(truth.folder), both, tmp_path, n_splits=20)
    told = json.loads((tmp_path / "report.json").read_text("utf-8"))
    first, second = told["comparisons"]
    assert (first["model"], second["model"]) == ("resmem", "other")
    assert second["corr_all"] == pytest.approx(-first["corr_all"])
    assert {"prediction_resmem", "prediction_other"} <= told["images"][0].keys()
    page = Page(written.read_text("utf-8"))
    assert {"chart-scatter-0", "chart-scatter-1", "chart-scales"} <= page.scripts.keys()
    assert "not known to hitrate" in text_of(page)  # the other model's licence


def test_what_is_missing_is_null_and_counted(tmp_path: Path) -> None:
    truth = report_data.write_dataset(tmp_path / "dataset", n_people=10, pictures=False)
    images = pd.read_csv(truth.folder / "images.csv")
    new = images.iloc[[0]].assign(image_id="nobody/saw_this", sha256="f" * 64)
    predictions = truth.predictions.copy()
    predictions.loc[:4, "prediction"] = math.nan
    predictions.loc[:4, "error"] = "the file is truncated"
    predictions.loc[5, "image_id"], predictions.loc[5, "sha256"] = "not/in_the_dataset", "e" * 64
    predictions.loc[6, "sha256"] = "d" * 64
    (truth.folder / "dataset.json").unlink()
    pd.concat([images, new]).to_csv(truth.folder / "images.csv", index=False)
    excluded = {"participant_id": ["p000"], "rule": ["vigilance"], "decided_by": ["rule"]}
    pd.DataFrame(excluded).to_csv(truth.folder / "exclusions.csv", index=False)
    dataset = read_dataset(truth.folder)
    written = write_report(dataset, predictions, tmp_path / "out", n_splits=20)
    raw = written.with_name("report.json").read_text("utf-8")
    assert "NaN" not in raw
    told = json.loads(raw)
    unseen = told["images"][-1]
    assert (unseen["image_id"], unseen["hit_rate"], unseen["repeats"]) == (
        "nobody/saw_this",
        None,
        0,
    )
    counted = {(part["what"], part["reason"]): part["count"] for part in told["left_out"]}
    assert counted["predictions", "resmem could not score the picture"] == 5
    assert counted["predictions", "of images that this dataset does not have"] == 1
    assert counted["predictions", "of another picture than people saw"] == 1
    assert counted["images", "no valid response behind a hit rate"] == 1
    assert counted["participants", "excluded by the rule vigilance"] == 1
    assert told["n_participants"] == 9
    assert told["comparisons"][0]["n_images"] == 48 - 7
    text = text_of(Page(written.read_text("utf-8")))
    assert "1 prediction was set aside" in text
    assert "1 participant" in text


def test_too_little_data_is_said_not_computed(tmp_path: Path) -> None:
    truth = report_data.write_dataset(
        tmp_path / "dataset", n_people=2, n_images=2, seen_share=1, pictures=False
    )
    written = write_report(read_dataset(truth.folder), truth.predictions, tmp_path / "out")
    told = json.loads(written.with_name("report.json").read_text("utf-8"))
    assert told["consistency"] == []
    assert told["comparisons"] == []
    assert len(told["problems"]) == 2  # one for all three scores, one for the model
    assert str(tmp_path) not in " ".join(told["problems"])
    assert "a correlation between halves needs at least 3" in text_of(
        Page(written.read_text("utf-8"))
    )


def test_a_model_that_predicts_one_value_is_reported_without_a_correlation(
    truth: Truth, tmp_path: Path
) -> None:
    flat = truth.predictions.assign(prediction=0.5)
    written = write_report(read_dataset(truth.folder), flat, tmp_path, n_splits=20)
    (comparison,) = json.loads((tmp_path / "report.json").read_text("utf-8"))["comparisons"]
    assert comparison["corr_all"] is None
    assert "ResMem predicts the same for every image" in text_of(Page(written.read_text("utf-8")))


def test_scores_without_counts_make_a_report_of_what_they_tell(tmp_path: Path) -> None:
    # Scores as a table of other people's: no counts, so no intervals, no halves, no comparison.
    folder = tmp_path / "given"
    folder.mkdir()
    ids = [f"i{i}" for i in range(9)]
    pd.DataFrame({"image_id": ids}).to_csv(folder / "images.csv", index=False)
    values = np.linspace(0.1, 0.9, 9)
    scores = pd.DataFrame({"image_id": ids, "score": "hit_rate", "value": values})
    scores.to_csv(folder / "image_scores.csv", index=False)
    predictions = pd.DataFrame({"image_id": ids, "model": "m", "prediction": values})
    table = predictions.assign(sha256=None, fingerprint=None, error=None)
    written = write_report(read_dataset(folder), table, tmp_path / "out")
    told = json.loads(written.with_name("report.json").read_text("utf-8"))
    assert [row["hit_rate"] for row in told["images"]] == list(values)
    (summary,) = told["summary"]
    assert summary["mean"] == pytest.approx(0.5)
    assert summary["responses_per_image"] is None
    assert told["comparisons"] == []
    (alone,) = told["models"]["scores_alone"]
    assert alone["spearman"] == pytest.approx(1)  # the predictions are the scores
    assert "neither ρ nor R can be known" in text_of(Page(written.read_text("utf-8")))


def test_a_score_that_the_dataset_does_not_have_is_refused(truth: Truth, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="no image has a memorability; the scores there are"):
        write_report(read_dataset(truth.folder), None, tmp_path, score="memorability")


def test_rim2025_counts_give_its_known_correlations(shared_data: Path, tmp_path: Path) -> None:
    # Pearson correlations of the counts and predictions of Rim et al. 2025 (PsyArXiv xw3ek), set 1.
    folder = shared_data / "rim2025"
    dataset = write_dataset(
        import_counts(folder / "set1_memorability.csv", {}).tables, tmp_path / "d"
    )
    for score, wanted in (("hit_rate", 0.497368), ("corrected_recognition", 0.493246)):
        written = write_report(
            dataset, folder / "set1_resmem.csv", tmp_path / score, score=score, n_splits=100
        )
        told = json.loads(written.with_name("report.json").read_text("utf-8"))
        assert told["comparisons"][0]["pearson"]["corr_all"] == pytest.approx(wanted, abs=5e-7)
        assert told["participants"] is None
        assert "Counts only" in text_of(Page(written.read_text("utf-8")))


def test_numbers_are_rounded_for_reading_only_in_words() -> None:
    assert decimal(-0.004) == "0.00"
    assert decimal(-0.25) == "−0.25"
    assert decimal(math.nan) == "–"
    assert decimal(math.inf, 1) == "∞"
    assert percent(0.705) == "70%"
    assert jsonable([math.nan, math.inf, pd.NA, np.int64(3)]) == [None, "infinity", None, 3]


def test_nothing_is_left_out_of_a_whole_dataset(truth: Truth) -> None:
    dataset = read_dataset(truth.folder)
    scores = pd.Series(0.5, index=dataset.images["image_id"])
    assert left_out(dataset, scores, "hit rate", None) == ()
