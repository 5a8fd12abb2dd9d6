"""A model beside the people: numbers of hand arithmetic, each on its own scale."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flask import Flask

from analysis.comparison.two_scales import compare
from analysis.dataset import read_dataset
from experiment.database import Database
from experiment.export.dataset import export_study
from experiment.models import Study
from experiment.predictions.beside import compute_beside
from experiment.predictions.comparing import (
    N_SPLITS,
    AgainstAll,
    AgainstHalf,
    Beside,
    Estimate,
    OnScore,
    compare_model,
    surprises,
)
from experiment.predictions.storing import NewPrediction, store_predictions
from experiment.researcher.model_panels import WIDTH, panel_of, score_rows
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.lifecycle import images_of
from tests.analysis.hand_made import dataset, trial
from tests.experiment.answered import answer

NAMES = [f"picture_{number:03}" for number in range(6)]
# Of 12 people, 2, 4 … 12 know picture 0, 1 … 5: any half of them ranks the images so, too, or with
# ties; those who know an image are always the same first ones.
HITS = {name: [1] * 2 * (i + 1) + [0] * (12 - 2 * (i + 1)) for i, name in enumerate(NAMES)}
PREDICTED = {name: 0.5 + i / 20 for i, name in enumerate(NAMES)}


def store(database: Database, values: dict[str, float], model: str = "net") -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        hashes = {image.image_id: image.sha256 for image in images_of(session, study)}
        rows = [NewPrediction(hashes[name], value, None, None) for name, value in values.items()]
        store_predictions(session, study, model, rows, replace=True)


def people(database: Database) -> Study:
    """The study, after 12 people played."""
    with database.write() as session:
        study = find_study(session, "pictures")
        answer(session, study, HITS)
        return study


def test_the_numbers_are_those_of_the_export_and_the_report(
    app: Flask, settings: Settings, database: Database, tmp_path: Path
) -> None:
    study = people(database)
    store(database, PREDICTED)
    found = compute_beside(database, study, "net", include_simulated=False)
    export_study(database, settings.instance, "pictures", tmp_path / "data")
    series = pd.Series(PREDICTED)
    theirs = compare(
        read_dataset(tmp_path / "data"), series, "net", n_splits=N_SPLITS,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    (hits, alarms) = found.scores
    assert hits.against_half is not None
    assert hits.against_all is not None
    assert hits.against_half.model.value == theirs.corr_half
    assert hits.against_half.another_half.value == theirs.rho
    assert hits.against_all.model.value == theirs.corr_all == pytest.approx(1.0)
    assert hits.against_all.ceiling.value == theirs.ceiling_all
    assert hits.against_half.model.low == theirs.intervals["corr_half"].low
    assert hits.verdict == list(theirs.verdict)
    assert (hits.n_images, hits.n_participants) == (6, 12)
    # Nobody pressed at a first showing: there is nothing to predict.
    assert "the same for all of these images" in alarms.verdict[0]
    json.dumps(found.model_dump(mode="json"), allow_nan=False)


def test_people_who_all_agree_and_a_model_like_them_reach_one_on_both_scales() -> None:
    names = ["a", "b", "c", "d"]
    # Everybody misses a and b and knows c and d: two halves are the same.
    rows = [
        trial(f"p{person}", name, repeat=repeat, responded=repeat and name in "cd")
        for person in range(8)
        for name in names
        for repeat in (False, True)
    ]
    predictions = pd.DataFrame(
        {"image_id": names, "sha256": "a" * 64, "prediction": [0.1, 0.1, 0.9, 0.9]}
    )
    found = compare_model(dataset(rows, names), predictions, "net", includes_simulated=True)
    on = found.scores[0]
    assert on.against_half is not None
    assert on.against_all is not None
    assert on.against_half.model.value == pytest.approx(1.0)
    assert on.against_half.another_half.value == pytest.approx(1.0)
    assert on.against_all.model.value == pytest.approx(1.0)
    assert on.against_all.ceiling.value == pytest.approx(1.0)
    assert found.includes_simulated


def test_where_nobody_played_the_reason_is_told_and_no_number() -> None:
    rows = [trial("p", "a", repeat=True, responded=True)]
    predictions = pd.DataFrame({"image_id": ["a"], "sha256": "a" * 64, "prediction": [0.5]})
    one = dataset(rows, ["a"])
    for data in (replace(one, trials=pd.DataFrame(rows).iloc[:0]), one):
        found = compare_model(data, predictions, "net", includes_simulated=False)
        for on in found.scores:
            assert on.problem is not None
            assert "somewhere" not in on.problem  # a path that only the server knows
            assert (on.against_half, on.against_all, on.verdict) == (None, None, [])


def on_score(**numbers: tuple[float | None, ...]) -> OnScore:
    """A comparison of these numbers: (value,) or (value, low, high)."""
    given = {
        name: Estimate(**dict(zip(("value", "low", "high"), known, strict=False)))
        for name, known in numbers.items()
    }
    unknown = Estimate(value=None)
    return OnScore(
        score="hit_rate",
        against_half=AgainstHalf(model=given["half"], another_half=given["rho"], advantage=unknown),
        against_all=AgainstAll(model=given["all"], ceiling=given["ceiling"], explained=unknown),
    )


def test_each_scale_shows_the_model_beside_its_own_yardstick() -> None:
    on = on_score(half=(0.5, 0.25, 0.75), rho=(0.6,), all=(0.7,), ceiling=(0.9,))
    rows = score_rows(on, "Net")
    half, everybody = [
        [(row.kind, row.value) for row in scale] for scale in (rows.half, rows.everybody)
    ]
    assert half == [("people", "0.60"), ("model", "0.50")]
    assert everybody == [("ceiling", "0.90"), ("model", "0.70")]
    model = rows.half[1]
    # The track runs from 0 to 1.
    assert (model.x, model.from_x, model.width) == (WIDTH / 2, WIDTH / 4, WIDTH / 2)
    assert model.interval == "0.25 to 0.75"
    assert rows.zero_x == 0


def test_a_track_begins_at_the_tenth_below_what_is_negative() -> None:
    on = on_score(half=(-0.1, -0.25, 0.1), rho=(0.4,), all=(None,), ceiling=(1.2,))
    rows = score_rows(on, "Net")
    # From -0.3 to 1: 0 is at 0.3 of 1.3.
    assert rows.zero_x == pytest.approx(WIDTH * 0.3 / 1.3, abs=0.1)
    assert rows.everybody[0].x == WIDTH  # kept within the track; its value is told whole
    assert rows.everybody[0].value == "1.20"
    assert (rows.everybody[1].x, rows.everybody[1].value) == (None, "–")


def rated(n: int) -> pd.DataFrame:
    """Images whose hit rates rise and whose predictions do, but for two that are swapped."""
    predictions = [i / n for i in range(n)]
    predictions[0], predictions[n - 1] = predictions[n - 1], predictions[0]
    return pd.DataFrame(
        {
            "sha256": [f"{i:064x}" for i in range(n)],
            "prediction": predictions,
            "hits": [float(i) for i in range(n)],
            "repeats": float(n),
            "hit_rate": [i / n for i in range(n)],
        },
        index=[f"i{i:02}" for i in range(n)],
    )


def test_images_that_people_and_model_place_most_differently_are_shown() -> None:
    better, worse = surprises(rated(12))
    assert [(one.image_id, one.hits, one.repeats) for one in better] == [("i11", 11, 12)]
    assert [(one.image_id, one.hits, one.repeats) for one in worse] == [("i00", 0, 12)]
    assert surprises(rated(11)) == ([], [])


def test_a_panel_holds_what_is_kept() -> None:
    better, worse = surprises(rated(12))
    kept = Beside(
        model="net",
        includes_simulated=False,
        scores=[
            on_score(half=(0.5,), rho=(0.6,), all=(0.7,), ceiling=(0.9,)),
            OnScore(score="false_alarm_rate", problem="Too few."),
        ],
        better=better,
        worse=worse,
    )
    panel = panel_of(Beside.model_validate_json(kept.model_dump_json()), "Net")
    assert [rows.name for rows in panel.scores] == ["hit rate", "false-alarm rate"]
    assert panel.scores[1].half == ()
    assert (panel.better, panel.worse) == (tuple(better), tuple(worse))
