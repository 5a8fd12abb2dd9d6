"""What the report says about people alone: its numbers are the statistics' own, or are not told."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.curve import consistency_curve
from analysis.dataset import Dataset, read_dataset
from analysis.readable import decimal
from analysis.report import write_report
from analysis.report.blocks import Block, Facts, Figure, LongTable, Section, Subheading, Table, Text
from analysis.report.figures.curve import consistency_figure
from analysis.report.numbers import Numbers, gather
from analysis.report.people_numbers import PeopleNumbers, gather_people, judging_rules
from analysis.report.progress import silent
from analysis.report.sections.categories import category_blocks
from analysis.report.sections.consistency import consistency_section
from analysis.report.sections.left_out import left_out_section
from analysis.report.sections.methods import methods
from analysis.report.sections.more_people import need_texts
from analysis.report.sections.people import people_section
from analysis.responses import EarlyKeys
from analysis.sensitivity import sensitivity
from analysis.variance_components import variance_components
from tests.analysis import report_data
from tests.analysis.lagged_responses import lagged_study
from tests.analysis.page_reader import Page, text_of
from tests.analysis.simulated_responses import simulated_predictions, simulated_study

N_PEOPLE, N_IMAGES, ALPHA = 30, 32, -0.1
TRUTH = np.linspace(0.45, 0.85, N_IMAGES)
CATEGORIES = ("birds", "boats", "bread", "bricks")


def study() -> Dataset:
    """People who forget, of whom the first three miss what they should not; early keys marked."""
    rng = np.random.default_rng(3)
    data = lagged_study(rng, at_reference=TRUTH, alpha=ALPHA, n_people=N_PEOPLE)
    repeats = data.trials
    assert repeats is not None
    nothing = pd.array([pd.NA] * len(repeats), dtype="Int64")
    firsts = repeats.assign(
        is_repeat=False,
        responded=rng.random(len(repeats)) < 0.1,
        lag=nothing,
        n_intervening=nothing,
    )
    vigilance = repeats.drop_duplicates("participant_id").assign(
        image_id="watch", role="vigilance", lag=2, n_intervening=1
    )
    vigilance["responded"] = ~vigilance["participant_id"].isin(["p000", "p001", "p002"])
    trials = pd.concat([firsts, repeats, vigilance], ignore_index=True)
    early = np.full(len(trials), None)
    early[trials["responded"].to_numpy()] = False
    early[np.flatnonzero(trials["responded"])[:5]] = True
    names = [CATEGORIES[k % 4] for k in range(N_IMAGES)]
    images = data.images.assign(category=names)
    watch = pd.DataFrame({"image_id": ["watch"], "category": [None]})
    images = pd.concat([images, watch], ignore_index=True).assign(licence=None)
    return replace(data, images=images, trials=trials.assign(is_early=early))


@pytest.fixture(scope="module")
def data() -> Dataset:
    return study()


@pytest.fixture(scope="module")
def numbers(data: Dataset) -> Numbers:
    return gather(data, None, n_splits=40)


@pytest.fixture(scope="module")
def of_counts(data: Dataset, numbers: Numbers) -> Numbers:
    """The same counts without people."""
    counts = numbers.images[["hits", "repeats", "false_alarms", "firsts"]].dropna()
    table = counts.reset_index().assign(group="target")
    return gather(replace(data, trials=None, image_counts=table), None, n_splits=40)


def headings(section: Section) -> list[str]:
    return [block.text for block in section.blocks if isinstance(block, Subheading)]


def words(blocks: list[Block] | Section) -> str:
    """All paragraphs and captions."""
    blocks = list(blocks.blocks) if isinstance(blocks, Section) else blocks
    texts = [" ".join(b.paragraphs) for b in blocks if isinstance(b, Text)]
    return " ".join([*texts, *(b.caption for b in blocks if isinstance(b, Figure))])


def table(section: Section, label: str) -> Table:
    (found,) = [b for b in section.blocks if isinstance(b, Table) and b.label == label]
    return found


def file(section: Section, name: str) -> pd.DataFrame:
    (found,) = [one.table for one in section.files if one.name == name]
    return found


def rows(spec: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    data = layer["data"] if "data" in layer else spec["data"]  # the layers may share it
    found: list[dict[str, Any]] = spec["datasets"][data["name"]]
    return found


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


def test_the_curve_ends_at_the_reports_own_consistency(numbers: Numbers) -> None:
    curve, split = numbers.people.curve, numbers.main_consistency
    assert curve is not None
    assert split is not None
    assert (curve.rho, curve.reliability) == (split.rho, split.reliability)
    assert curve.points[-1].rho == split.rho


def test_the_needed_people_stand_in_figure_and_sentence(numbers: Numbers) -> None:
    curve = numbers.people.curve
    assert curve is not None
    spec = consistency_figure(curve).to_dict()
    texts = [one for one in spec["layer"] if one["mark"]["type"] == "text"]
    drawn = {row["label"]: row["rho"] for row in rows(spec, texts[0])}
    r, sentence = curve.reliability, words(consistency_section(numbers))
    for target, rho in ((0.8, "0.67"), (0.9, "0.82")):
        # Spearman–Brown: N·R(1−r)/(r(1−R)), and ρ = R/(2−R).
        n = N_PEOPLE * target * (1 - r) / (r * (1 - target))
        assert drawn[f"{math.ceil(n)}"] == pytest.approx(target / (2 - target), rel=1e-6)
        more = f"{math.ceil(n - N_PEOPLE)} more participants would bring it to R\u00a0=\u00a0"
        assert f"{more}{target:.2f} (ρ\u00a0=\u00a0{rho})" in sentence
    assert "by the 95% interval of R between" in sentence
    assert "50 random parts of the participants" in sentence


def test_rho_and_reliability_are_named_at_every_tick_of_the_curve(numbers: Numbers) -> None:
    curve = numbers.people.curve
    assert curve is not None
    spec = consistency_figure(curve).to_dict()
    left, right = (
        axis
        for layer in spec["layer"]
        if (axis := layer["encoding"].get("y", {}).get("axis")) is not None
    )
    assert left["title"].startswith("ρ, correlation of two halves")
    assert right["title"].startswith("R, reliability")
    assert left["labelExpr"].startswith("'ρ ' + format(datum.value,")
    # R of .8 stands at the height of ρ = .8/1.2, on both axes.
    assert right["labelExpr"].startswith("'R ' + format(2 * datum.value / (1 + datum.value),")
    for axis in (left, right):
        assert any(value == pytest.approx(2 / 3) for value in axis["values"])
    assert spec["resolve"] == {"axis": {"y": "independent"}}


def test_the_line_is_spearman_browns_and_dashed_beyond_the_people(numbers: Numbers) -> None:
    curve = numbers.people.curve
    assert curve is not None
    spec = consistency_figure(curve).to_dict()
    solid, dashed = (one for one in spec["layer"] if one["mark"]["type"] == "line")
    assert solid["mark"]["strokeDash"] == [1, 0]
    assert dashed["mark"]["strokeDash"] != [1, 0]
    assert rows(spec, solid)[-1] == rows(spec, dashed)[0]
    assert rows(spec, solid)[-1]["n"] == N_PEOPLE
    end = rows(spec, dashed)[-1]
    halves = end["n"] / N_PEOPLE / 2
    r = curve.reliability  # of halves: k·r/(1 + (k−1)·r) with k the length of a half
    assert end["rho"] == pytest.approx(halves * r / (1 + (halves - 1) * r), rel=1e-5)


def test_people_who_do_not_agree_have_no_line_and_are_promised_nothing() -> None:
    rng = np.random.default_rng(8)
    random = simulated_study(rng, np.full(30, 0.5), n_people=12)
    curve = consistency_curve(random, n_splits=20, rng=np.random.default_rng(1))
    apart = replace(curve, rho=-0.2, reliability=-0.5)
    spec = consistency_figure(apart).to_dict()
    assert not [one for one in spec["layer"] if one["mark"]["type"] == "line"]
    found = gather(replace(random, images=random.images.assign(category=None)), None, n_splits=20)
    (text,) = need_texts(found, apart)
    assert "do not agree" in text
    # An interval of R that reaches down to 0 has no upper limit of people.
    (split,) = [one for one in found.consistency if one.score == "hit_rate"]
    unsure = replace(split, reliability_low=-0.1, reliability_high=0.5)
    some = replace(curve, rho=0.2, reliability=1 / 3)
    (text,) = need_texts(replace(found, consistency=(unsure,)), some)
    assert "without an upper limit" in text


def test_chance_and_shares_are_the_statistics_own(data: Dataset, numbers: Numbers) -> None:
    section = consistency_section(numbers)
    chance = numbers.people.chance
    assert chance is not None
    # People agree on images from .45 to .85: no permutation reaches that.
    assert chance.p == pytest.approx(1 / 201)
    assert "p\u00a0=\u00a00.005, the smallest that can come out" in words(section)
    told = table(section, "Shares of the variance of single responses")
    expected = variance_components(data)
    assert told.rows[0][0] == "Hit rate"
    assert told.rows[0][1] == f"{decimal(100 * expected.share_images, 1)}%"
    assert told.rows[0][4] == decimal(expected.response_reliability, 3)
    shares = file(section, "variance_components.csv").groupby("score")["share"].sum()
    assert list(shares) == pytest.approx([1, 1])


def test_agreement_within_and_between_categories_is_told_or_why_not(numbers: Numbers) -> None:
    told = table(consistency_section(numbers), "Consistency by category")
    assert [row[0] for row in told.rows] == ["Within categories", "Between categories", *CATEGORIES]
    found = numbers.people.by_category
    assert found is not None
    (within,) = found.loc[found["part"] == "within", "rho"]
    assert told.rows[0][1:3] == ["32 images", decimal(within, 3)]
    assert told.rows[1][1:3] == ["4 categories", "–"]
    assert told.rows[1][-1].startswith("too small: 4 groups")


def test_counts_alone_tell_a_curve_of_responses_and_nothing_of_people(of_counts: Numbers) -> None:
    agree = consistency_section(of_counts)
    assert headings(agree) == ["More people", "Within and between categories"]
    assert "more responses to each image would bring it to" in words(agree)
    curve = of_counts.people.curve
    assert curve is not None
    assert "participants" not in str(consistency_figure(curve).to_dict()["layer"][0]["encoding"])
    assert "What exclusions change" not in headings(left_out_section(of_counts))
    people = people_section(of_counts)
    assert "Forgetting" not in headings(people)
    assert "95% intervals are about other people" not in words(people)
    told = " ".join(methods(of_counts))
    assert "Spearman 1910; Brown 1910" in told
    assert not [name for name in ("Henderson", "permuted", "Khosla") if name in told]


def test_methods_name_the_sources_of_what_was_done(numbers: Numbers) -> None:
    told = " ".join(methods(numbers))
    for source in ("Henderson 1953", "Khosla et al. 2015", "Newman et al. (2020)", "Brown 1910"):
        assert source in told
    assert "(200 permutations, the same 100 splits for each" in told


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
    assert not found & {"category_scores.csv", "hit_rate_by_lag.csv"}


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
