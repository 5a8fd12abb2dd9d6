"""What the report says about how much people agree, and how many more of them are needed."""

import math
from dataclasses import replace

import numpy as np
import pytest

from analysis.consistency.curve import consistency_curve
from analysis.consistency.variance_components import variance_components
from analysis.dataset import Dataset
from analysis.readable import decimal
from analysis.report.figures.curve import consistency_figure
from analysis.report.numbers import Numbers, gather
from analysis.report.sections.consistency import consistency_section
from analysis.report.sections.left_out import left_out_section
from analysis.report.sections.methods import methods
from analysis.report.sections.more_people import need_texts
from analysis.report.sections.people import people_section
from tests.analysis.report_study import (
    CATEGORIES,
    N_PEOPLE,
    file,
    headings,
    rows,
    study,
    study_numbers,
    table,
    words,
)
from tests.analysis.simulated_responses import simulated_study


@pytest.fixture
def data() -> Dataset:
    return study()


@pytest.fixture
def numbers() -> Numbers:
    return study_numbers()


@pytest.fixture
def of_counts(data: Dataset, numbers: Numbers) -> Numbers:
    """The same counts without people."""
    counts = numbers.images[["hits", "repeats", "false_alarms", "firsts"]].dropna()
    table = counts.reset_index().assign(group="target")
    return gather(replace(data, trials=None, image_counts=table), None, n_splits=40)


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
