"""Models beside each other: which one predicts better, and how certain that is."""

import pandas as pd

from analysis.comparison.verdict import called
from analysis.intervals.limits import Interval
from analysis.readable import count, decimal, limits
from analysis.report.blocks import Block, File, Section, Subheading, Table, Text
from analysis.report.numbers import Numbers
from analysis.report.pair_numbers import Pair
from analysis.report.phrases import capital, p_words, short, with_limits

TESTS = {
    "williams": "Williams",
    "steiger": "Steiger",
    "hittner": "Hittner",
    "meng": "Meng",
    "dunn_clark": "Dunn–Clark",
}

BETTER, WORSE, UNKNOWN = "better", "less well", "cannot tell"
MOST_SENTENCES = 3  # of pairs; the six pairs of four models are told model by model
ALONE = (
    "only scores are known, not people, so it cannot be said whether a difference would hold with "
    "other people."
)


def pairs_section(numbers: Numbers) -> Section | None:
    """Every pair of models; None with fewer than two."""
    pairs = numbers.of_models.pairs
    if not pairs:
        return None
    blocks: list[Block] = [Text(verdicts(pairs, numbers.score_label))]
    if any(pair.difference is not None for pair in pairs):
        blocks += [Text(main_words(len(pairs))), difference_table(pairs)]
    if any(pair.tests is not None for pair in pairs):
        blocks += [Subheading("Closed forms"), Text([closed_words()], "faint"), test_table(pairs)]
    return Section("Which model predicts better?", blocks, files(pairs))


def verdicts(pairs: tuple[Pair, ...], label: str) -> list[str]:
    """A sentence for each pair, or, where these are many, for each model."""
    if len(pairs) <= MOST_SENTENCES:
        return [verdict(pair, label) for pair in pairs]
    if all(pair.difference is None for pair in pairs):
        return [capital(ALONE)]
    models = dict.fromkeys(name for pair in pairs for name in (pair.model_1, pair.model_2))
    return [rank(model, pairs, label) for model in models]


def rank(model: str, pairs: tuple[Pair, ...], label: str) -> str:
    """One model beside all others."""
    found: dict[str, list[str]] = {BETTER: [], WORSE: [], UNKNOWN: []}
    for pair in pairs:
        if model == pair.model_1:
            found[side(pair)].append(called(pair.model_2))
        elif model == pair.model_2:
            other = {BETTER: WORSE, WORSE: BETTER, UNKNOWN: UNKNOWN}[side(pair)]
            found[other].append(called(pair.model_1))
    parts = [
        f"{relation} than {', '.join(found[relation])}"
        for relation in (BETTER, WORSE)
        if found[relation]
    ]
    told = f"{called(model)} predicts people's {label} {' and '.join(parts)}." if parts else ""
    if found[UNKNOWN]:
        others = ", ".join(found[UNKNOWN])
        told += f" Whether {called(model)} or {others} predicts better these data cannot tell."
    return told.strip()


def side(pair: Pair) -> str:
    """Whether the first model of a pair is better, by its interval with everybody's scores."""
    interval = None if pair.difference is None else pair.difference.interval_all
    if interval is None or not (interval.low > 0 or interval.high < 0):
        return UNKNOWN
    return BETTER if interval.low > 0 else WORSE


def verdict(pair: Pair, label: str) -> str:
    """Better, less well, or cannot be told; by the correlation with everybody's scores."""
    one, other, found = called(pair.model_1), called(pair.model_2), pair.difference
    if found is None:
        return f"{one} and {other}: {ALONE}"
    unknown = f"Whether {one} or {other} predicts people's {label} better these data cannot tell"
    interval = found.interval_all
    if interval is None or not interval.low <= interval.high:
        return f"{unknown}: no interval of the difference can be had."
    told = (
        f"with everybody's scores of the same {count(found.n_images, 'image')} they correlate "
        f"{decimal(found.corr_all_1, 3)} and {decimal(found.corr_all_2, 3)}, a difference of "
        f"{decimal(found.difference_all, 3)} ({interval.level:.0%} interval "
        f"{limits(interval.low, interval.high)})."
    )
    if side(pair) == UNKNOWN:
        return f"{unknown}: {told}"
    return f"{one} predicts people's {label} {side(pair)} than {other} does: {told}"


def main_words(n_pairs: int) -> list[str]:
    """What the intervals are of."""
    texts = [
        "The main result is the paired difference: both models are tested on the same halves, the "
        "same people and the same images. Its interval is of other people and other "
        "images; the one “for these people” is of other images only, and narrower."
    ]
    if n_pairs > 1:
        texts.append(
            f"Each interval stands by itself, with no correction for there being {n_pairs} pairs: "
            "of twenty pairs that do not differ, about one is told to."
        )
    return texts


def difference_table(pairs: tuple[Pair, ...]) -> Table:
    """A row for each pair and scale."""
    rows = []
    for pair in pairs:
        found = pair.difference
        if found is None:
            continue
        name = f"{short(called(pair.model_1))} less {short(called(pair.model_2))}"
        for scale, which in (("A: a half", "half"), ("B: everybody", "all")):
            main = getattr(found, f"interval_{which}")
            these = getattr(found, f"interval_{which}_these_people")
            rows.append(
                [
                    name,
                    scale,
                    decimal(getattr(found, f"corr_{which}_1"), 3),
                    decimal(getattr(found, f"corr_{which}_2"), 3),
                    with_limits(getattr(found, f"difference_{which}"), told(main)),
                    "not known: counts only" if found.counts_only else told(these) or "–",
                    p_words(getattr(found, f"p_{which}")),
                    f"{found.n_images:,}",
                ]
            )
    columns = [
        "Models",
        "Against",
        "First",
        "Second",
        "Difference (95%)",
        "For these people",
        "p, two-sided",
        "Images",
    ]
    return Table("Paired differences of models", columns, rows, text=(0, 1))


def told(interval: Interval | None) -> str:
    """The limits of an interval that may not be known."""
    return "" if interval is None else limits(interval.low, interval.high)


def closed_words() -> str:
    """What the closed forms leave out."""
    return (
        "Tests of two dependent correlations with everybody's scores, as papers report them. They "
        "are for Pearson correlations; for Spearman's, as here, they are approximate. They know "
        "the chance of other images only, and take these people's scores as given. p values are "
        "two-sided; Zou's is a 95% interval of the difference."
    )


def test_table(pairs: tuple[Pair, ...]) -> Table:
    """A row for each pair: statistic and p of every test, and Zou's interval."""
    rows = []
    for pair in pairs:
        if pair.tests is None:
            continue
        cells = [
            f"{'z' if test.df is None else f't({test.df})'} = {decimal(test.statistic)}, "
            f"p {p_words(test.p, equals=True)}"
            for test in pair.tests.tests
        ]
        zou = limits(pair.tests.zou.low, pair.tests.zou.high) or "–"
        name = f"{short(called(pair.model_1))} less {short(called(pair.model_2))}"
        rows.append([name, *cells, zou])
    return Table("Closed forms (approximate)", ["Models", *TESTS.values(), "Zou"], rows)


def files(pairs: tuple[Pair, ...]) -> list[File]:
    """The differences and the tests."""
    found = []
    differences = [pair.difference.to_frame() for pair in pairs if pair.difference is not None]
    if differences:
        table = pd.concat([one.astype(object) for one in differences])
        found.append(File("model_pairs.csv", table, "paired differences of models"))
    tests = [
        pair.tests.to_frame().assign(model_1=pair.model_1, model_2=pair.model_2)
        for pair in pairs
        if pair.tests is not None
    ]
    if tests:
        what = "closed-form tests of every pair of models, approximate"
        found.append(File("model_pair_tests.csv", pd.concat(tests), what))
    return found
