"""The figure of a plan: one curve, two axes that cannot be taken for one another, and its files."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.planning import Case, Design, Plan, plan_study, read_pilot
from analysis.planning.figure import check_figure, plan_figure, write_figure
from analysis.report.figures.style import LIGHT
from tests.analysis.simulated_pilot import simulated_pilot


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    """The figure of two published cases."""
    drawn: dict[str, Any] = plan_figure(plan_study(1000, Design(66))).to_dict()
    return drawn


@pytest.fixture(scope="module")
def pilot_plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """With a pilot of 34 people, and limits of r1."""
    path = tmp_path_factory.mktemp("data") / "pilot"
    data = simulated_pilot(path, r1=0.15, n_images=100, n_people=20, n_seen=60)
    pilot = read_pilot(data, n_splits=20, n_bootstrap=20, rng=np.random.default_rng(1))
    return plan_study(100, pilot.design(), cases=[pilot.case], pilot=pilot)


def axes(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The vertical axes that are drawn."""
    found = [layer["encoding"].get("y", {}).get("axis") for layer in spec["layer"]]
    return [axis for axis in found if axis]


def rows(spec: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    """The data of a layer."""
    found: list[dict[str, Any]] = spec["datasets"][layer["data"]["name"]]
    return found


def layers(spec: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    """The layers with one kind of mark."""
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


def test_each_axis_names_its_number_at_every_tick(spec: dict[str, Any]) -> None:
    left, right = axes(spec)
    assert left["title"].startswith("R, reliability")
    assert right["title"].startswith("ρ, correlation of two halves")
    assert left["labelExpr"].startswith("'R '")
    assert right["labelExpr"].startswith("'ρ '")
    assert right["orient"] == "right"
    assert spec["resolve"] == {"axis": {"y": "independent"}}


def test_rho_stands_at_the_height_of_its_reliability(spec: dict[str, Any]) -> None:
    # R = 2ρ/(1 + ρ): ρ of .4 stands at .571, and both axes have ticks at the targets.
    left, right = axes(spec)
    assert "datum.value / (2 - datum.value)" in right["labelExpr"]
    assert any(value == pytest.approx(0.8 / 1.4) for value in right["values"])
    for axis in (left, right):
        assert {0.8, 0.9} <= set(axis["values"])
        assert sorted(set(axis["values"])) == axis["values"]


def test_a_point_stands_where_each_curve_meets_a_target(spec: dict[str, Any]) -> None:
    plan = plan_study(1000, Design(66))
    (points,) = [p for p in layers(spec, "point") if p["mark"].get("filled")]
    found = [(r["n_participants"], r["reliability"], r["label"]) for r in rows(spec, points)]
    assert found == [
        (n.n_participants, n.reliability, f"{n.n_participants:,.0f}") for n in plan.needs
    ]
    assert found[0][2] == "806"  # 53.14 × 1,000 / 66 = 805.2


def test_cases_differ_in_colour_and_dashes_and_no_model_colour_is_used(
    spec: dict[str, Any],
) -> None:
    lines = [line["mark"] for line in layers(spec, "line") if rows(spec, line)]
    looks = {(mark["color"], tuple(mark["strokeDash"])) for mark in lines}
    assert len(looks) == 2
    assert len({colour for colour, _ in looks}) == 2
    assert LIGHT.model not in str(spec)


def test_limits_make_a_band_and_none_make_none(spec: dict[str, Any]) -> None:
    assert layers(spec, "area") == []
    plan = plan_study(500, Design(50), cases=[Case("known", 0.1, 0.05, 0.2)])
    drawn = plan_figure(plan).to_dict()
    (band,) = layers(drawn, "area")
    for row in rows(drawn, band)[1:]:
        assert row["reliability_low"] < row["reliability"] < row["reliability_high"]


def test_a_pilot_shows_what_was_seen_and_is_dashed_beyond(pilot_plan: Plan) -> None:
    drawn = plan_figure(pilot_plan).to_dict()
    beyond, before = (rows(drawn, line) for line in layers(drawn, "line"))
    people = pilot_plan.pilot.n_started if pilot_plan.pilot else None
    assert people == 22
    assert max(row["n_participants"] for row in before) <= people
    assert beyond[0] == before[-1]
    dashes = [line["mark"]["strokeDash"] for line in layers(drawn, "line")]
    assert dashes == [[4, 4], [1, 0]]
    seen = [p for p in layers(drawn, "point") if len(rows(drawn, p)) > 4]
    assert len(seen) == 1
    assert "the pilot's included" in str(drawn)


def test_a_target_that_nobody_is_needed_for_gets_no_point(pilot_plan: Plan) -> None:
    reached = replace(pilot_plan.needs[0], n_participants=0.0)
    drawn = plan_figure(replace(pilot_plan, needs=(reached, pilot_plan.needs[1]))).to_dict()
    (points,) = [p for p in layers(drawn, "point") if p["mark"].get("filled")]
    assert [row["reliability"] for row in rows(drawn, points)] == [0.9]


@pytest.mark.parametrize(
    ("name", "start"),
    [("f.svg", b"<svg"), ("f.pdf", b"%PDF"), ("f.PNG", b"\x89PNG"), ("f.html", b"<!DOCTYPE html>")],
)
def test_a_figure_is_written_in_every_format(tmp_path: Path, name: str, start: bytes) -> None:
    write_figure(plan_figure(plan_study(1000, Design(66))), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_other_formats_are_refused() -> None:
    with pytest.raises(AnalysisError, match=r"plan\.jpg: a figure is one of \.svg, \.pdf"):
        check_figure(Path("plan.jpg"))
