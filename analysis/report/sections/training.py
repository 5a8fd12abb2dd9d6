"""Images that a model was trained on, as a list of them tells, and the comparison without them."""

import pandas as pd

from analysis.comparison.scores_alone import ScoreComparison
from analysis.comparison.two_scales import Comparison
from analysis.comparison.verdict import called
from analysis.readable import count, decimal
from analysis.report.blocks import Block, File, Section, Table, Text, Warnings
from analysis.report.model_numbers import OneModel
from analysis.report.numbers import Numbers
from analysis.report.phrases import limits_of, with_limits
from analysis.training_images.overlap import Overlap

Result = Comparison | ScoreComparison


def training_section(numbers: Numbers) -> Section | None:
    """What was found of every model with a list; None without a list."""
    listed = [one for one in numbers.of_models.models if one.overlap is not None]
    if not listed:
        return None
    blocks: list[Block] = []
    for one in listed:
        if one.overlap is not None:
            blocks.append(Text([found_words(one.overlap)]))
            blocks.append(Warnings(unchecked(one.overlap)))
    found: list[Result] = [*numbers.comparisons, *numbers.of_models.scores_alone]
    results = {result.model: result for result in found}
    pairs = [(results[one.model], one.on_new) for one in listed if one.on_new is not None]
    if pairs:
        text = (
            "Compared again without the images that the model was trained on; the people are the "
            "same, and ρ is of the images that are left."
        )
        blocks += [Text([text]), again_table(pairs)]
    without = [called(one.model) for one in numbers.of_models.models if one.overlap is None]
    if without:
        text = (
            f"No list of training images was given for {', '.join(without)}: only the data set's "
            "name was looked at."
        )
        blocks.append(Text([text], "faint"))
    return Section("Images that a model was trained on", blocks, files(listed, pairs))


def found_words(overlap: Overlap) -> str:
    """What the list says, in a sentence or two."""
    name, n = called(overlap.model), len(overlap.seen)
    how = " and ".join(overlap.checked_by)
    if not overlap.checked_by:
        return (
            f"{name}: the list {overlap.source} and the images have nothing in common to be "
            "compared by, so it is not known which of them the model was trained on."
        )
    if not n:
        return (
            f"{name}: none of the {count(overlap.n_images, 'image')} is on the list "
            f"{overlap.source} (looked for by {how})."
        )
    parts = [
        f"{sum(one.how == name for one in overlap.seen):,} by {name}" for name in overlap.checked_by
    ]
    return (
        f"{name} was trained on {n:,} of the {count(overlap.n_images, 'image')}, as the list "
        f"{overlap.source} tells ({', '.join(parts)}). On images that it has seen, a model "
        "predicts better than on new ones."
    )


def unchecked(overlap: Overlap) -> list[str]:
    """Images that the list could not be held against."""
    if not overlap.n_unchecked:
        return []
    n = count(overlap.n_unchecked, "image has", "images have")
    return [
        f"{called(overlap.model)}: {n} nothing that the list {overlap.source} can be held against."
    ]


def again_table(pairs: list[tuple[Result, Result]]) -> Table:
    """All images and new images only, a row for each model and number."""
    rows = []
    for old, new in pairs:
        name = called(old.model)
        cells = zip(labels(old), cells_of(old), cells_of(new), strict=True)
        rows += [[name, *told] for told in cells]
    columns = ["Model", "", "All images", "Only images it was not trained on"]
    return Table("With and without the images that a model was trained on", columns, rows, (0, 1))


def labels(result: Result) -> list[str]:
    """Names of the numbers of one model."""
    if isinstance(result, ScoreComparison):
        return ["Spearman correlation", "Images"]
    return [
        "A: the model against a half",
        "A: another half against it (ρ)",
        "B: the model against everybody",
        "B: estimated ceiling of any model (√R)",
        "Images",
    ]


def cells_of(result: Result) -> list[str]:
    """The numbers of one model."""
    if isinstance(result, ScoreComparison):
        return [decimal(result.spearman, 3), f"{result.n_images:,}"]
    names = ("corr_half", "rho", "corr_all")
    told = [with_limits(getattr(result, name), limits_of(result, name)) for name in names]
    return [*told, decimal(result.ceiling_all, 3), f"{result.n_images:,}"]


def files(listed: list[OneModel], pairs: list[tuple[Result, Result]]) -> list[File]:
    """The images on the lists, and the comparisons without them."""
    seen = [
        one.overlap.to_frame().assign(model=one.model)
        for one in listed
        if one.overlap is not None and one.overlap.seen
    ]
    found = []
    if seen:
        what = "the images that a model was trained on, by the lists given"
        found.append(File("training_overlap.csv", pd.concat(seen), what))
    if pairs:
        tables = [new.to_frame().assign(model=new.model).astype(object) for _, new in pairs]
        what = "the comparisons without images that a model was trained on"
        found.append(File("comparison_new_images.csv", pd.concat(tables), what))
    return found
