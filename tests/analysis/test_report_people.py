"""What the report says about people alone: its numbers are the statistics' own, or are not told."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset, read_dataset
from analysis.exclusions.sensitivity import sensitivity
from analysis.readable import decimal
from analysis.report import write_report
from analysis.report.blocks import Facts, Figure, LongTable
from analysis.report.numbers import Numbers
from analysis.report.people_numbers import PeopleNumbers, gather_people, judging_rules
from analysis.report.progress import silent
from analysis.report.sections.categories import category_blocks
from analysis.report.sections.consistency import consistency_section
from analysis.report.sections.left_out import left_out_section
from analysis.report.sections.methods import methods
from analysis.report.sections.people import people_section
from analysis.scores.responses import EarlyKeys
from tests.analysis import report_data
from tests.analysis.page_reader import Page, text_of
from tests.analysis.report_study import (
    ALPHA,
    N_PEOPLE,
    TRUTH,
    file,
    headings,
    rows,
    study,
    study_numbers,
    table,
    words,
)
from tests.analysis.simulated_responses import simulated_predictions


@pytest.fixture
def data() -> Dataset:
    return study()


@pytest.fixture
def numbers() -> Numbers:
    return study_numbers()


def test_rules_that_leave_out_someone_have_rows_whose_numbers_are_those_of_the_rest(
    data: Dataset, numbers: Numbers
) -> None:
    section = left_out_section(numbers)
    told = table(section, "Main results under exclusion rules")
    # Three people missed their only vigilance image; nothing else is wrong with anybody.
    assert [row[0] for row in told.rows][:3] == ["No exclusions", "lamem2015", "memorygame2019"]
    assert data.trials is not None
    kept = data.trials[(data.trials["role"] == "target") & (data.trials["participant_id"] > "p002")]
    hits = kept[kept["is_repeat"]].groupby("image_id")["responded"].mean().mean()
    assert told.rows[1][1:4] == ["27 (−3)", f"{len(kept):,}", decimal(hits, 3)]
    whole = file(section, "exclusion_rules.csv").set_index("exclusions")
    assert whole.loc["lamem2015", "mean_hit_rate"] == pytest.approx(hits)
    assert whole.loc["always_pressing", "n_left_out"] == 0
    assert "Nobody is left out by hits_not_above_false_alarms, always_pressing" in words(section)
    (facts,) = [block for block in section.blocks if isinstance(block, Facts)]
    assert dict(facts.items)["lamem2015"].startswith("participant left out: misses among repeats")


def test_rules_that_the_dataset_cannot_tell_anything_of_are_not_applied(data: Dataset) -> None:
    # No fillers, no positions, no reaction times.
    names = set(judging_rules(data))
    assert not names & {"rim2025_example", "isola2014", "implausibly_fast"}
    assert data.trials is not None
    without = replace(data, trials=data.trials[data.trials["role"] == "target"])
    assert names - set(judging_rules(without)) == {"lamem2015", "memorygame2019"}


def test_models_numbers_stand_under_each_rule(data: Dataset, numbers: Numbers) -> None:
    predictions = {"m": simulated_predictions(TRUTH)}
    found = sensitivity(
        data,
        judging_rules(data),
        predictions=predictions,
        n_splits=20,
        rng=np.random.default_rng(1),
    )
    of_people = replace(numbers.people, sensitivity=found)
    frame = pd.DataFrame({"model": ["m"], "image_id": ["i000"], "prediction": [0.5]})
    section = left_out_section(replace(numbers, predictions=frame, people=of_people))
    told = table(section, "Main results under exclusion rules")
    assert list(told.columns[-2:]) == ["m with a half", "m with all"]
    (row,) = found[found["exclusions"] == "lamem2015"].to_dict("records")
    assert told.rows[1][-2:] == [decimal(row["corr_half_m"], 3), decimal(row["corr_all_m"], 3)]


def test_early_keys_are_counted_and_not_told_where_nobody_knows(
    data: Dataset, numbers: Numbers
) -> None:
    assert data.trials is not None
    targets = data.trials[data.trials["role"] == "target"]
    keys = int(targets["responded"].sum())
    assert f"5 of {keys:,} keys ({decimal(500 / keys, 1)}%) came too early" in words(
        left_out_section(numbers)
    )
    unknown = replace(numbers.people, early=EarlyKeys(0, keys, keys))
    assert "too early" not in words(left_out_section(replace(numbers, people=unknown)))


def test_forgetting_is_drawn_from_all_repeats_and_told_by_both_estimators(
    data: Dataset, numbers: Numbers
) -> None:
    section = people_section(numbers)
    assert "Forgetting" in headings(section)
    assert data.trials is not None
    repeats = data.trials[data.trials["is_repeat"] & (data.trials["role"] == "target")]
    decay = file(section, "hit_rate_by_lag.csv")
    assert decay["repeats"].sum() == len(repeats)
    for row in decay.to_dict("records"):
        part = repeats[repeats["n_intervening"].between(row["t_low"], row["t_high"])]
        assert row["hit_rate"] == pytest.approx(part["responded"].mean())
    (figure,) = [b for b in section.blocks if isinstance(b, Figure) and b.id == "decay"]
    spec = figure.chart.to_dict()
    assert [r["hit_rate"] for r in rows(spec, spec["layer"][0])] == pytest.approx(
        list(decay["hit_rate"]), rel=1e-6
    )
    slopes = file(section, "lag_corrections.csv").set_index("estimator")["alpha"]
    # With as many repeats of every image both are one; four standard errors around the truth.
    assert slopes["khosla"] == pytest.approx(slopes["least_squares"])
    assert slopes["khosla"] == pytest.approx(ALPHA, abs=4 * math.sqrt(0.25 / 0.6 / len(repeats)))
    assert words(section).count(f"α\u00a0=\u00a0{decimal(slopes['khosla'], 3)}") == 2
    corrected = file(section, "lag_corrected_hit_rates.csv").set_index("image_id")
    one = repeats[repeats["image_id"] == "i005"]
    middle = repeats["n_intervening"].astype(float).median()
    shift = slopes["khosla"] * np.log(one["n_intervening"].astype(float) / middle).mean()
    assert corrected.loc["i005", "lag_corrected_khosla"] == pytest.approx(
        one["responded"].mean() - shift
    )


def people_only(data: Dataset) -> PeopleNumbers:
    """All that needs no halves."""
    return gather_people(
        data, "hit_rate", predictions={}, split=None, n_splits=10, seed=1, progress=silent
    )


def test_lags_that_do_not_differ_make_no_figure_of_forgetting(
    data: Dataset, numbers: Numbers
) -> None:
    assert data.trials is not None
    same = {"lag": data.trials["lag"] * 0 + 9, "n_intervening": data.trials["lag"] * 0 + 8}
    for lags in (same, dict.fromkeys(same, pd.array([pd.NA] * len(data.trials), dtype="Int64"))):
        people = people_only(replace(data, trials=data.trials.assign(**lags)))
        assert people.decay is None
        found = replace(numbers, people=people)
        assert "Forgetting" not in headings(people_section(found))
        assert not [one for one in people_section(found).files if "lag" in one.name]
        assert "ln t" not in " ".join(methods(found))


def test_categories_have_the_means_of_their_images(numbers: Numbers) -> None:
    section = people_section(numbers)
    told = table(section, "Scores of categories")
    means = numbers.images.groupby("category")["hit_rate"].mean().sort_values(ascending=False)
    assert [row[0] for row in told.rows] == list(means.index)
    for row, mean in zip(told.rows, means, strict=True):
        assert row[1] == "8"
        assert row[2].startswith(f"{decimal(mean, 3)} (")
    (figure,) = [b for b in section.blocks if isinstance(b, Figure) and b.id == "categories"]
    spec = figure.chart.to_dict()
    drawn = rows(spec, spec["layer"][1])
    assert [row["value"] for row in drawn] == pytest.approx(list(means), rel=1e-6)
    assert all(row["low"] < row["value"] < row["high"] for row in drawn)


def test_many_categories_are_searched_and_not_drawn(numbers: Numbers) -> None:
    rng = np.random.default_rng(1)
    names = [f"kind {k}" for k in range(40)]
    score = rng.uniform(0.3, 0.9, 40)
    many = pd.DataFrame({"n_images": 2}, index=pd.Index(names, name="category"))
    for name in ("hit_rate", "false_alarm_rate"):
        many[name], many[f"{name}_low"], many[f"{name}_high"] = score, np.nan, np.nan
    blocks = category_blocks(replace(numbers, people=replace(numbers.people, categories=many)))
    assert not [block for block in blocks if isinstance(block, Figure)]
    (long,) = [block for block in blocks if isinstance(block, LongTable)]
    assert long.rows[0][2] == [score.max(), None, None, ""]
    assert "95%" not in words(blocks)


def test_other_measures_and_responses_per_image_are_in_the_summary(numbers: Numbers) -> None:
    section = people_section(numbers)
    told = {row[0]: row for row in table(section, "Scores over all images").rows}
    assert told["A′"][2] == decimal(numbers.images["a_prime"].mean(), 3)
    assert told["MemCat's score (H − FA)/n"][2] == told["Corrected recognition"][2]
    assert f"from {N_PEOPLE}.0 responses to each image on average." in words(section)


def test_images_without_categories_have_no_parts_about_them(
    data: Dataset, numbers: Numbers
) -> None:
    plain = people_only(replace(data, images=data.images.assign(category=None)))
    found = replace(numbers, people=plain)
    assert "Categories" not in headings(people_section(found))
    assert "Within and between categories" not in headings(consistency_section(found))
    own = data.images.assign(category=data.images["image_id"])
    assert people_only(replace(data, images=own)).categories is None


def test_four_images_and_two_people_make_a_report(tmp_path: Path) -> None:
    truth = report_data.write_dataset(
        tmp_path / "dataset", n_people=2, n_images=4, seen_share=1, pictures=False
    )
    written = write_report(read_dataset(truth.folder), None, tmp_path / "out", n_splits=20)
    page = Page(written.read_text("utf-8"))
    assert "What exclusions change" in text_of(page)
    assert "too_few_trials" in text_of(page)
    found = set(page.downloads())
    assert {"exclusion_rules.csv", "consistency_curve.csv"} <= found
    assert not found & {"category_scores.csv", "comparison.csv"}


def test_every_new_table_and_chart_is_of_the_page(numbers: Numbers) -> None:
    sections = [one(numbers) for one in (left_out_section, people_section, consistency_section)]
    assert {one.name for section in sections for one in section.files} == {
        "category_scores.csv",
        "chance.csv",
        "consistency.csv",
        "consistency_by_category.csv",
        "consistency_curve.csv",
        "exclusion_rules.csv",
        "hit_rate_by_lag.csv",
        "image_scores.csv",
        "lag_corrected_hit_rates.csv",
        "lag_corrections.csv",
        "left_out.csv",
        "participants.csv",
        "summary.csv",
        "variance_components.csv",
    }
    drawn = [figure.id for section in sections for figure in section.figures()]
    assert {"decay", "curve", "categories"} <= set(drawn)
    assert len(drawn) == len(set(drawn))
