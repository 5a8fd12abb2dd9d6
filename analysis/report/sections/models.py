"""The models against people, all of them and one by one."""

import pandas as pd

from analysis.comparison.verdict import called
from analysis.models.registry import MODELS
from analysis.readable import count, decimal
from analysis.report.blocks import (
    Block,
    Figure,
    File,
    Gallery,
    Notice,
    PointNames,
    Section,
    Subheading,
    Text,
    Warnings,
)
from analysis.report.figures.distributions import distributions
from analysis.report.figures.scatter import MOST_POINTS, scatter, shown_points
from analysis.report.figures.style import PAGE
from analysis.report.galleries import GALLERY, residuals, tile
from analysis.report.numbers import Numbers
from analysis.report.phrases import capital, for_a_file
from analysis.report.sections.people import points
from analysis.report.sections.scales import comparison_table, scales_figure
from analysis.report.sections.scores_alone import alone_file, scores_alone


def models_section(numbers: Numbers) -> Section | None:
    """Both scales, verdicts and warnings, then each model by itself; None without a model."""
    names = numbers.models()
    if not names:
        return None
    blocks: list[Block] = [Notice(numbers.dataset.notice)]
    if numbers.comparisons:
        blocks += [Text(two_questions()), scales_figure(numbers)]
        for comparison in numbers.comparisons:
            blocks += [Text(comparison.verdict), Warnings(comparison.warnings)]
        # A comparison's own warning tells of the trap with its numbers, where they lead into it.
        if not any(c.corr_all > c.rho > 0 for c in numbers.comparisons):
            blocks.append(Warnings(trap()))
        blocks.append(comparison_table(numbers))
    blocks += scores_alone(numbers)
    for i, model in enumerate(names):
        blocks += one_model(numbers, i, model)
    return Section(
        heading="The model against people" if len(names) == 1 else "The models against people",
        blocks=blocks,
        files=files(numbers),
    )


def two_questions() -> list[str]:
    """What the two scales ask."""
    return [
        "There are two fair questions, each with its own yardstick. A: is the model as good "
        "as another half of the people? Then both predict the same half. B: how near is it "
        "to the best that any model could do? Then it is held against everybody's scores "
        "and the ceiling that their noise sets."
    ]


def trap() -> list[str]:
    """The comparison that is wrong, in words."""
    return [
        "Read each scale by itself. A model's correlation with all of the people must not be "
        "held against ρ, the correlation of two halves. Everybody's scores are less noisy than "
        "half of them, so any prediction correlates more with everybody than with a half; held "
        "against ρ, a model “beats humans” by arithmetic alone. ρ is what another half of the "
        "people reaches; it is not a ceiling for models. The ceilings are √ρ against a half and "
        "√R against everybody."
    ]


def files(numbers: Numbers) -> list[File]:
    """The comparisons, and what was compared."""
    found = alone_file(numbers)
    if numbers.comparisons:
        parts = [c.to_frame().assign(model=c.model) for c in numbers.comparisons]
        table = pd.concat([part.astype(object) for part in parts], ignore_index=True)
        first = ["model", "name", "value"]
        table = table[~(table["name"].isin(["mse", "mae"]) & table["model"].isin(rates(numbers)))]
        table = table[first + [name for name in table if name not in first]]
        what = "every model: both scales, with what they rest on"
        found.append(File("comparison.csv", table, what))
    if numbers.predictions is not None:
        what = "the predictions that were compared"
        found.append(File("predictions.csv", numbers.predictions, what))
    return found


def rates(numbers: Numbers) -> list[str]:
    """Models whose predictions are not in the unit of the score, so that errors mean nothing."""
    return [one.model for one in numbers.of_models.models if not one.in_one_unit]


def one_model(numbers: Numbers, i: int, model: str) -> list[Block]:
    """The figures and galleries of one model, the i-th."""
    title = called(model)
    card = MODELS.get(model)
    blocks: list[Block] = [Subheading(title)]
    if card is not None:
        trained = f"{title} predicts {card.predicts}. It was trained on {card.trained_on}."
        blocks.append(Text([trained, f"Licence of its weights and scores: {card.licence}."]))
    errors = residuals(numbers, model)
    if not len(errors):
        return blocks
    half = min(GALLERY, len(errors) // 2)
    under, over = errors.index[:half], errors.index[::-1][:half]
    return [
        *blocks,
        scatter_figure(numbers, i, model, len(errors)),
        distributions_figure(numbers, i, model, errors.index),
        Subheading(f"People rank these higher than {title} does", 4),
        Gallery([tile(numbers, image_id, model) for image_id in under]),
        Subheading(f"People rank these lower than {title} does", 4),
        Gallery([tile(numbers, image_id, model) for image_id in over]),
        Text(
            [
                "Sorted by the difference of the ranks that people and the model give to an image, "
                "the largest first."
            ],
            "faint",
        ),
    ]


def scatter_figure(numbers: Numbers, i: int, model: str, n_points: int) -> Figure:
    """People's scores against the predictions."""
    title, label = called(model), numbers.score_label
    many = n_points > MOST_POINTS
    drawn = points(numbers.images, numbers.score).assign(
        x=numbers.images[f"prediction_{model}"].to_numpy()
    )
    shown = "Every dot is an image."
    if many:
        shown = (
            "There are too many for single dots: the stronger the colour of a cell, the more "
            "images are in it."
        )
    elif "low" in drawn and drawn["low"].notna().any():
        shown = (
            "Every dot is an image; the line on a chosen one is the 95% interval of people's score."
        )
    return Figure(
        id=f"scatter-{i}",
        chart=scatter(
            drawn,
            x_title=f"prediction of {title}",
            y_title=f"{label} of people",
            colour=PAGE.people,
            palette=PAGE,
        ),
        label=title,
        caption=f"People's {label} against the prediction of {title}, "
        f"{count(n_points, 'image')}. {shown}",
        points=PointNames(capital(title), f"People's {label}", many=many),
        wanted=shown_points(drawn),
        file=f"scatter-{i + 1}-{for_a_file(title)}".rstrip("-"),
    )


def distributions_figure(numbers: Numbers, i: int, model: str, compared: pd.Index) -> Figure:
    """How both spread; the means and spreads in words are of the images compared."""
    title, label = called(model), numbers.score_label
    both = numbers.images.loc[compared, [numbers.score, f"prediction_{model}"]].astype(float)
    (mean, predicted), (sd, spread) = both.mean(), both.std(ddof=1)
    return Figure(
        id=f"distributions-{i}",
        chart=distributions(
            numbers.images[numbers.score],
            numbers.images[f"prediction_{model}"],
            model=title,
            x_title=f"{label}, prediction",
            palette=PAGE,
        ),
        label=f"Distributions of people's {label} and of {title}'s predictions",
        caption=f"How people's {label} and the predictions of {title} spread over the images, on "
        f"one axis. Upright lines are the means: {decimal(mean)} and {decimal(predicted)} "
        f"(standard deviations {decimal(sd)} and {decimal(spread)}). People's scores also spread "
        "by chance, a prediction does not.",
        file=f"distributions-{i + 1}-{for_a_file(title)}".rstrip("-"),
    )
