"""How far off models' predictions are as values: calibration, cut-offs, error curves."""

import math
from collections.abc import Callable

import pandas as pd

from analysis.comparison.calibration import Calibration
from analysis.comparison.raw_errors import RAW_ERRORS
from analysis.comparison.verdict import FEW, called
from analysis.readable import decimal, percent
from analysis.report.blocks import Block, Figure, File, Section, Table, Text
from analysis.report.figures.lines import lines
from analysis.report.figures.style import PAGE
from analysis.report.model_numbers import OneModel
from analysis.report.numbers import Numbers
from analysis.report.phrases import short

RAW = ("bias", "mse", "mae", "concordance", "spread_ratio", "spread_ratio_true")
OTHER_UNIT = "not in its unit"
ROWS: tuple[tuple[str, str, int], ...] = (
    ("mse", "Mean squared error (MSE)", 4),
    ("mae", "Mean absolute error (MAE)", 3),
    ("bias", "Mean prediction less mean score", 3),
    ("slope", "Slope of scores on predictions", 3),
    ("intercept", "Intercept", 3),
    ("concordance", "Concordance correlation (CCC)", 3),
    ("mse_recalibrated", "MSE after recalibration", 4),
    ("mse_of_mean", "MSE of the mean score as only prediction", 4),
    ("noise", "MSE that the true scores would have (noise)", 4),
    ("spread_predictions", "SD of the predictions", 3),
    ("spread_scores", "SD of people's scores", 3),
    ("spread_true", "SD of people's scores without their noise", 3),
    ("spread_ratio_true", "SD of the predictions over that", 2),
    ("floor", "Lowest prediction", 3),
    ("top", "Highest prediction", 3),
)


def errors_section(numbers: Numbers) -> Section | None:
    """Values instead of ranks; None without a model that could be compared."""
    models = [one for one in numbers.of_models.models if one.calibration is not None]
    if not models:
        return None
    blocks: list[Block] = [
        Text([meaning(), *other_units(numbers, models)]),
        calibration_table(models),
        Text(raw_words(models)),
    ]
    figures = (
        cutoff_figure(numbers, models, "mse"),
        cutoff_figure(numbers, models, "mae"),
        curve_figure(numbers, models, "half"),
        curve_figure(numbers, models, "all"),
    )
    blocks += [figure for figure in figures if figure is not None]
    return Section("How far off the predictions are", blocks, files(models))


def meaning() -> str:
    """Why values are told besides correlations."""
    return (
        "A model can rank the images better than another and still be further off in value, so "
        "both are told. A slope of 1 says that a step of the prediction is worth a step of the "
        "score; above 1, the predictions spread too little. The concordance correlation is 1 only "
        "where every prediction is the score itself. Recalibration fits a line on some of the "
        "images and tests it on the others."
    )


def other_units(numbers: Numbers, models: list[OneModel]) -> list[str]:
    """That raw errors mean nothing here, of the models whose predictions are rates."""
    names = [called(one.model) for one in models if not one.in_one_unit]
    if not names:
        return []
    return [
        f"People's {numbers.score_label} is in standard deviations; what {' and '.join(names)} "
        f"predict{'s' if len(names) == 1 else ''} is a rate. A difference of the two means "
        "nothing, so no raw error, cut-off curve or error curve is told. Correlations do not "
        "depend on the unit; the slope, the intercept and the error after recalibration are in "
        "that of the score."
    ]


def raw_words(models: list[OneModel]) -> list[str]:
    """Where raw errors mean something: the rule once, then each model."""
    told = [one.raw_errors.removeprefix(f"{RAW_ERRORS} ") for one in models if one.in_one_unit]
    return [" ".join([RAW_ERRORS, *told])] if told else []


def calibration_table(models: list[OneModel]) -> Table:
    """A row for each number, a column for each model."""

    def told(one: OneModel, write: Callable[[Calibration], str], name: str) -> str:
        if one.calibration is None or (name in RAW and not one.in_one_unit):
            return OTHER_UNIT
        return write(one.calibration)

    rows = []
    for name, label, digits in ROWS:

        def number(found: Calibration, name: str = name, digits: int = digits) -> str:
            return decimal(getattr(found, name), digits)

        rows.append([label, *(told(one, number, name) for one in models)])
    outside = "Images with a score below or above every prediction"
    rows.append([outside, *(told(one, outside_words, "mse") for one in models)])
    rows.append(["Images", *(told(one, lambda c: f"{c.n_images:,}", "n_images") for one in models)])
    return Table("Predictions as values", ["", *(short(called(one.model)) for one in models)], rows)


def outside_words(found: Calibration) -> str:
    """Share of the images outside the predictions' range."""
    return (
        f"{percent(found.share_outside)} ({percent(found.share_below)} below, "
        f"{percent(found.share_above)} above)"
    )


def cutoff_figure(numbers: Numbers, models: list[OneModel], error: str) -> Figure | None:
    """An error against the cut-off, all models in one figure; None where none has one."""
    rows = [
        {"series": called(one.model), "kind": "model", "x": row["cutoff"], "y": row[error]}
        for one in models
        if one.cutoffs is not None
        for row in one.cutoffs.to_dict("records")
        if not row["is_too_small"]
    ]
    if not rows:
        return None
    name = {"mse": "mean squared error", "mae": "mean absolute error"}[error]
    return Figure(
        id=f"cutoffs-{error}",
        chart=lines(
            pd.DataFrame(rows),
            x_title=f"images with a {numbers.score_label} of at least",
            y_title=name,
            palette=PAGE,
        ),
        label=f"{name.capitalize()} where the least memorable images are left out",
        caption=f"The {name} of the images that are left when all below a cut-off are left out. "
        "Leaving out images changes errors without any change of a model, and a cut-off on "
        "people's scores also leaves out images that were low by chance: compare only errors at "
        f"the same cut-off, the leftmost being all images. Fewer than {FEW} images have no error.",
    )


def curve_figure(numbers: Numbers, models: list[OneModel], against: str) -> Figure | None:
    """Errors over the range of scores beside their reference; None where there are no halves."""
    rows: list[dict[str, object]] = []
    kind = "people" if against == "half" else "noise"
    reference = "people_half" if against == "half" else "noise_floor"
    what = "another half of the people" if against == "half" else "true scores (noise floor)"
    known = [(one.model, one.curves) for one in models if one.curves is not None]
    drawn: dict[tuple[float, ...], str] = {}
    for model, curves in known:
        places = tuple(round(getattr(b, reference), 12) for b in curves.curve)
        name = what if not drawn else f"{what}, images of {called(model)}"
        if not any(math.isnan(value) for value in places) and places not in drawn:
            drawn[places] = name
            rows += [
                {"series": name, "kind": kind, "x": b.mean_score, "y": getattr(b, reference)}
                for b in curves.curve
            ]
    for model, curves in known:
        rows += [
            {
                "series": called(model),
                "kind": "model",
                "x": b.mean_score,
                "y": getattr(b, f"model_{against}"),
            }
            for b in curves.curve
        ]
    if not rows:
        return None
    whom = "one half of the people" if against == "half" else "all of the people"
    caption = {
        "half": "How far from the score that one half of the people gives an image the prediction "
        "is, and how far another half is. Both are held against the same halves, so they may be "
        "compared.",
        "all": "How far from everybody's score the prediction is. The dotted line is how far the "
        "images' true scores are expected to be from it by chance alone. Over all images no model "
        "can be expected below it; in a part of the range one can be that is too low, or too high, "
        "everywhere. It must not be set beside the errors against a half.",
    }[against]
    if against == "all" and not drawn:
        caption = "How far from everybody's score the prediction is."
    return Figure(
        id=f"errors-{against}",
        chart=lines(
            pd.DataFrame(rows),
            x_title=f"{numbers.score_label} of everybody, tenths of the images",
            y_title="mean absolute error",
            palette=PAGE,
        ),
        label=f"Absolute errors against {whom}, over the range of scores",
        caption=f"{caption} {known[0][1].n_splits:,} splits." if against == "half" else caption,
    )


def files(models: list[OneModel]) -> list[File]:
    """Calibration, cut-offs and error curves; raw errors are missing where they mean nothing."""
    calibrations, cutoffs, curves = [], [], []
    for one in models:
        if one.calibration is not None:
            table = one.calibration.to_frame()
            if not one.in_one_unit:
                table[[*RAW, "share_below", "share_above", "share_outside"]] = float("nan")
            calibrations.append(table)
        if one.cutoffs is not None:
            cutoffs.append(one.cutoffs.assign(model=one.model))
        if one.curves is not None:
            curves.append(one.curves.to_frame().assign(model=one.model))
    found = [
        File("calibration.csv", pd.concat(calibrations), "every model's predictions as values")
    ]
    if cutoffs:
        found.append(File("cutoffs.csv", pd.concat(cutoffs), "errors above every cut-off"))
    if curves:
        what = "errors over the range of scores, beside people and noise"
        found.append(File("error_curves.csv", pd.concat(curves), what))
    return found
