"""What the report tells of models: the statistics' own numbers, nothing where there are none."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.commands.report import report
from analysis.comparison.calibration import calibrate
from analysis.comparison.dependent_correlations import williams
from analysis.comparison.scored_images import match_scores
from analysis.comparison.two_scales import compare
from analysis.dataset import Dataset, read_dataset
from analysis.errors import AnalysisError
from analysis.importers.predictions import match_predictions
from analysis.readable import decimal
from analysis.report import write_report
from analysis.report.numbers import gather
from analysis.report.sections.model_methods import model_methods
from analysis.splits.pairs import correlation
from analysis.training_images.overlap import TrainingImages
from tests.analysis import report_data
from tests.analysis.page_reader import Page, text_of
from tests.analysis.report_data import Truth

SIX = ("resmem", "memnet", "ViTMem", "mine", "clip", "dino")


def six_models(truth: Truth) -> pd.DataFrame:
    """The truth's own model and five that are noisier, one after the other."""
    rng, tables = np.random.default_rng(8), []
    for i, name in enumerate(SIX):
        noisy = truth.predictions["prediction"] + rng.normal(0, 0.1 * i, len(truth.predictions))
        tables.append(truth.predictions.assign(model=name, prediction=noisy.clip(0, 1)))
    return pd.concat(tables, ignore_index=True)


def told(page: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.with_name("report.json").read_text("utf-8"))
    return found


def words(page: Path) -> str:
    return text_of(Page(page.read_text("utf-8")))


def by_id(table: pd.DataFrame, model: str = "resmem") -> "pd.Series[float]":
    return table[table["model"] == model].set_index("image_id")["prediction"]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    folder = tmp_path_factory.mktemp("models") / "dataset"
    truth = report_data.write_dataset(folder, n_people=20, pictures=False)
    images = pd.read_csv(folder / "images.csv")
    images["weight"] = np.arange(48)  # numbers, so put into four quantiles of twelve
    images["word"] = [f"w{i % 26}" for i in range(48)]  # too many values
    images.to_csv(folder / "images.csv", index=False)
    meta = json.loads((folder / "dataset.json").read_text("utf-8"))
    del meta["files"]["images.csv"]
    (folder / "dataset.json").write_text(json.dumps(meta), encoding="utf-8")
    return truth


@pytest.fixture(scope="module")
def dataset(truth: Truth) -> Dataset:
    return read_dataset(truth.folder)


@pytest.fixture(scope="module")
def six(truth: Truth, dataset: Dataset) -> Path:
    return write_report(dataset, six_models(truth), truth.folder / "six", n_splits=50)


def test_the_calibration_on_the_page_is_that_of_calibrate(
    truth: Truth, dataset: Dataset, six: Path
) -> None:
    images = match_scores(dataset, by_id(six_models(truth)), "resmem")
    wanted = calibrate(images, rng=np.random.default_rng(1))
    found = told(six)["models"]["models"][0]["calibration"]
    for name in ("mse", "mae", "slope", "intercept", "concordance", "spread_true", "floor"):
        assert found[name] == pytest.approx(getattr(wanted, name)), name
    page = words(six)
    assert f"Mean squared error (MSE) {decimal(wanted.mse, 4)}" in page
    assert f"Concordance correlation (CCC) {decimal(wanted.concordance, 3)}" in page
    assert "What ViTMem was trained for is not known to hitrate." in page
    assert page.count("Raw errors (MSE, MAE, bias) mean something only where") == 1
    written = pd.read_csv(six.with_name("calibration.csv"))
    assert list(written["model"]) == list(SIX)
    assert written["mae"].iloc[0] == pytest.approx(wanted.mae)


def test_permutations_stand_beside_both_correlations(six: Path) -> None:
    one = told(six)["models"]["models"][0]
    comparison = told(six)["comparisons"][0]
    assert one["on_all"]["observed"] == pytest.approx(comparison["corr_all"])
    # None of 9,999 random orders does as well as a model that is the truth with little noise.
    assert one["on_all"]["p_one_sided"] == one["on_half"]["p_one_sided"] == 1 / 10_000
    page = words(six)
    for scale in "AB":
        assert f"{scale}: p by permutation, one-sided (better than chance) 0.0001" in page
        assert f"{scale}: p by permutation, two-sided (other than chance) 0.0001" in page


def test_a_cutoff_at_the_lowest_score_leaves_the_error_of_all_images(six: Path) -> None:
    for one in told(six)["models"]["models"]:
        assert one["cutoffs"][0]["mse"] == pytest.approx(one["calibration"]["mse"])
        assert one["curves"]["total"]["model_all"] == pytest.approx(one["calibration"]["mae"])
    scripts = Page(six.read_text("utf-8")).scripts
    figures = ("cutoffs-mse", "cutoffs-mae", "errors-half", "errors-all")
    for figure in figures:
        spec = scripts[f"chart-{figure}"]
        assert all(f'"series":"{name}"' in spec for name in ("ResMem", *SIX[1:])), figure
    assert '"series":"another half of the people"' in scripts["chart-errors-half"]
    assert '"series":"true scores (noise floor)"' in scripts["chart-errors-all"]


def test_six_models_make_fifteen_pairs_with_their_tests(
    truth: Truth, dataset: Dataset, six: Path
) -> None:
    pairs = told(six)["models"]["pairs"]
    assert len(pairs) == 15
    first = pairs[0]
    assert (first["model_1"], first["model_2"]) == ("resmem", "memnet")
    models = six_models(truth)
    one, other = (match_scores(dataset, by_id(models, m), m) for m in ("resmem", "memnet"))
    r1, r2, r3 = (
        correlation(a, b, "spearman")
        for a, b in (
            (one.predictions, one.scores),
            (other.predictions, other.scores),
            (one.predictions, other.predictions),
        )
    )
    assert first["difference"]["difference_all"] == pytest.approx(r1 - r2)
    wanted = williams(r1, r2, r3, len(one.scores))
    (by_williams,) = (t for t in first["tests"]["tests"] if t["test"] == "williams")
    assert by_williams["p"] == pytest.approx(wanted.p)
    page = words(six)
    assert "t(45) = " in page  # 48 images less three
    assert "they are approximate" in page
    assert "no correction for there being 15 pairs" in page
    assert "ResMem predicts people's hit rate better than" in page


@pytest.mark.parametrize(
    ("slope", "relation"), [(0.0, "predicts people's hit rate better than"), (1.0, "cannot tell")]
)
def test_two_models_are_told_apart_only_where_they_differ(
    truth: Truth, dataset: Dataset, tmp_path: Path, slope: float, relation: str
) -> None:
    # The other model is noise, or the same model with next to no noise.
    noise = np.random.default_rng(3).normal(0, 0.02 if slope else 0.2, 48)
    values = slope * truth.predictions["prediction"] + noise
    both = pd.concat([truth.predictions, truth.predictions.assign(model="x", prediction=values)])
    written = write_report(dataset, both, tmp_path, n_splits=50)
    text = words(written)
    section = text[text.index("Which model predicts better?") :]
    assert relation in section[: section.index("The main result")]


def test_groups_are_those_of_the_images_and_long_attributes_are_named(six: Path) -> None:
    groups = {one["by"]: one for one in told(six)["models"]["groups"]}
    assert list(groups) == ["category", "weight"]
    assert [g["n_images"] for g in groups["category"]["groups"]] == [12] * 4
    assert groups["weight"]["groups"][0]["name"] == "0 to 11 (1 of 4)"
    assert "Not shown: word has 26 values; at most 24 are shown." in words(six)
    assert groups["category"]["between"]["is_too_small"]  # four groups


def test_a_list_of_training_images_is_told_and_left_out(
    truth: Truth, dataset: Dataset, tmp_path: Path
) -> None:
    seen = truth.predictions["image_id"].iloc[:10]
    listed = pd.DataFrame({"sha256": None, "dhash": None, "name": seen.to_numpy()}, dtype=object)
    training = {"resmem": TrainingImages("mine.csv", listed)}
    written = write_report(
        dataset, truth.predictions, tmp_path, training=training, n_splits=50, seed=3
    )
    (comparison,) = told(written)["comparisons"]
    assert comparison["n_trained_on"] == 10
    on_new = told(written)["models"]["models"][0]["on_new"]
    left = by_id(truth.predictions).drop(seen)
    wanted = compare(dataset, left, "resmem", n_splits=50, rng=np.random.default_rng([3, 1]))
    assert on_new["n_images"] == 38
    assert on_new["corr_half"] == pytest.approx(wanted.corr_half)
    assert on_new["corr_all"] == pytest.approx(wanted.corr_all)
    page = words(written)
    assert "trained on 10 of the 48 images, as the list mine.csv tells (10 by name)" in page
    assert decimal(wanted.corr_half, 3) in page
    assert len(pd.read_csv(tmp_path / "training_overlap.csv")) == 10


def test_without_lists_pairs_or_other_data_sets_there_are_no_such_sections(
    truth: Truth, dataset: Dataset, tmp_path: Path
) -> None:
    page = words(write_report(dataset, truth.predictions, tmp_path, n_splits=20))
    for heading in ("Images that a model was trained on", "Which model", "On other data sets"):
        assert heading not in page
    assert "How far off the predictions are" in page


def test_other_data_sets_make_a_table_with_marks(
    truth: Truth, dataset: Dataset, tmp_path: Path
) -> None:
    other = report_data.write_dataset(tmp_path / "lamem", n_people=12, pictures=False, seed=9)
    other.predictions.to_csv(other.folder / "predictions.csv", index=False)
    meta = json.loads((other.folder / "dataset.json").read_text("utf-8"))
    (other.folder / "dataset.json").write_text(json.dumps(meta | {"name": "lamem"}), "utf-8")
    models = six_models(truth)
    models = models[models["model"].isin(["resmem", "mine"])]
    beside = read_dataset(other.folder)
    about = {"mine": "objects and more"}
    out = tmp_path / "out"
    page = write_report(dataset, models, out, beside=[beside], trained_on=about, n_splits=50)
    cells = told(page)["models"]["transfer"]["cells"]
    # The same images' names: "mine" is tested on the rows of the given file, resmem by its own.
    found = {(c["model"], c["tested_on"]): c for c in cells}
    assert set(found) == {(m, d) for m in ("resmem", "mine") for d in ("objects", "lamem")}
    rng = np.random.default_rng(1)
    values = by_id(other.predictions)
    wanted = compare(beside, values, "resmem", n_splits=50, n_bootstrap=0, rng=rng)
    assert found["resmem", "lamem"]["corr_all"] == pytest.approx(wanted.corr_all)
    marked = {key for key, cell in found.items() if cell["is_trained_on"]}
    assert marked == {("resmem", "lamem"), ("mine", "objects")}
    assert "objects and more" in words(page)


def test_errors_of_a_rate_against_d_prime_are_not_told(
    truth: Truth, dataset: Dataset, tmp_path: Path
) -> None:
    page = write_report(dataset, truth.predictions, tmp_path, score="d_prime", n_splits=20)
    text = words(page)
    assert "A difference of the two means nothing" in text
    assert "Mean squared error (MSE) not in its unit" in text
    assert "Mean squared error, against everybody means nothing here" in text
    scripts = Page(page.read_text("utf-8")).scripts
    assert not {"chart-cutoffs-mse", "chart-errors-all"} & scripts.keys()
    assert not {"mse", "mae"} & set(pd.read_csv(tmp_path / "comparison.csv")["name"])
    assert math.isnan(pd.read_csv(tmp_path / "calibration.csv")["mse"].iloc[0])


def test_a_handful_of_images_makes_a_report(tmp_path: Path) -> None:
    truth = report_data.write_dataset(tmp_path / "tiny", n_people=4, n_images=5, pictures=False)
    other = truth.predictions.assign(model="other", prediction=[0.1, 0.9, 0.3, 0.7, 0.5])
    both = pd.concat([truth.predictions, other])
    written = write_report(read_dataset(truth.folder), both, tmp_path / "out", n_splits=20)
    assert "How far off the predictions are" in words(written)
    groups = told(written)["models"]["groups"]
    assert all(group["is_too_small"] for one in groups for group in one["groups"])
    assert "chart-groups-0" not in Page(written.read_text("utf-8")).scripts


def test_the_command_takes_lists_and_data_sets(truth: Truth, tmp_path: Path) -> None:
    predictions, listed = tmp_path / "predictions.csv", tmp_path / "list.csv"
    six_models(truth).to_csv(predictions, index=False)
    truth.predictions[["image_id"]].head(4).set_axis(["name"], axis=1).to_csv(listed, index=False)
    given = [str(truth.folder), "--predictions", str(predictions), "--splits", "20"]
    given += ["--out", str(tmp_path / "out")]
    refused = CliRunner().invoke(report, [*given, "--training-images", str(listed)])
    assert refused.exit_code == 2
    assert "of which model? Write MODEL=FILE" in refused.output
    wrong = CliRunner().invoke(report, [*given, "--trained-on", "nobody=lamem"])
    assert isinstance(wrong.exception, AnalysisError)
    assert "there are no predictions of a model 'nobody'" in str(wrong.exception)
    done = CliRunner().invoke(
        report,
        [*given, "--training-images", f"mine={listed}", "--beside", str(truth.folder)],
        catch_exceptions=False,
    )
    assert done.exit_code == 0
    numbers = told(tmp_path / "out" / "report.html")
    assert {c["tested_on"] for c in numbers["models"]["transfer"]["cells"]} == {
        "objects",
        "objects (2)",
    }
    assert numbers["comparisons"][3]["n_trained_on"] == 4


def test_the_methods_name_what_the_report_has_and_nothing_else(
    truth: Truth, dataset: Dataset
) -> None:
    models = six_models(truth)
    both = match_predictions(models[models["model"].isin(SIX[:2])], dataset.images)
    found = " ".join(model_methods(gather(dataset, both, n_splits=20)))
    for wanted in ("9,999 random assignments", "Williams 1959", "Lin's (1989)", "noise floor"):
        assert wanted in found, wanted
    assert model_methods(gather(dataset, None, n_splits=20)) == []
