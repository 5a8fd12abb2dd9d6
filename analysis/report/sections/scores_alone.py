"""A model against scores that came alone: one scale, and what cannot be said."""

import pandas as pd

from analysis.comparison.scores_alone import ScoreComparison
from analysis.comparison.verdict import called
from analysis.readable import limits
from analysis.report.blocks import Block, File, Table, Text, Warnings
from analysis.report.numbers import Numbers
from analysis.report.phrases import p_words, with_limits


def scores_alone(numbers: Numbers) -> list[Block]:
    """Verdicts, warnings and the table; nothing where there are halves."""
    found = numbers.of_models.scores_alone
    if not found:
        return []
    blocks: list[Block] = []
    for result in found:
        # What raw errors mean is told where they are.
        one = numbers.of_models.of(result.model)
        told = [w for w in result.warnings if one is None or w != one.raw_errors]
        blocks += [Text(result.verdict), Warnings(told)]
    return [*blocks, alone_table(found)]


def alone_table(found: tuple[ScoreComparison, ...]) -> Table:
    """A row for each number, a column for each model."""

    def told(result: ScoreComparison, name: str) -> str:
        held = result.intervals.get(name)
        return with_limits(getattr(result, name), limits(held.low, held.high) if held else "")

    scale = "A: " if all(r.scores_of_halves for r in found) else "B: "
    against = "a half" if scale == "A: " else "everybody"
    names = {"spearman": "Spearman", "pearson": "Pearson", "kendall": "Kendall τ-b"}
    rows = [
        [f"{scale}the model against {against} ({label})", *(told(r, name) for r in found)]
        for name, label in names.items()
    ]
    rows += [
        [f"{scale}{label}", *(p_words(getattr(r.permutation, name)) for r in found)]
        for name, label in P_ROWS
    ]
    reference = "ρ and √ρ" if scale == "A: " else "√R"
    rows.append([f"{scale}{reference}", *("cannot be known" for _ in found)])
    rows.append(["Images compared", *(f"{r.n_images:,}" for r in found)])
    return Table("Models against scores alone", ["", *(called(r.model) for r in found)], rows)


P_ROWS = (
    ("p_one_sided", "p by permutation, one-sided (better than chance)"),
    ("p_two_sided", "p by permutation, two-sided (other than chance)"),
)


def alone_file(numbers: Numbers) -> list[File]:
    """Every number of these comparisons."""
    found = numbers.of_models.scores_alone
    if not found:
        return []
    parts = [r.to_frame().assign(model=r.model).astype(object) for r in found]
    table = pd.concat(parts, ignore_index=True)
    table = table[["model", *(name for name in table if name != "model")]]
    return [File("comparison.csv", table, "every model against the scores")]
