"""Scores of categories: a table, and a figure where they are few."""

import pandas as pd

from analysis.readable import count, decimal, limits
from analysis.report.blocks import Block, Figure, File, LongTable, Subheading, Table, Text
from analysis.report.figures.dots import dots
from analysis.report.figures.style import PAGE
from analysis.report.numbers import Numbers
from analysis.report.phrases import capital, with_limits
from analysis.scores.names import SCORE_TITLES

MOST_DRAWN = 24
MOST_ROWS = 30  # of a table without a search


def category_blocks(numbers: Numbers) -> list[Block]:
    """Nothing where images have no categories, or one only."""
    table = numbers.people.categories
    if table is None:
        return []
    scored = table[table[numbers.score].notna()].sort_values(numbers.score, ascending=False)
    if len(scored) < 2:
        return []
    blocks: list[Block] = [Subheading("Categories"), Text(category_texts(numbers, scored))]
    if len(scored) <= MOST_DRAWN:
        blocks.append(category_figure(numbers, scored))
    return [*blocks, category_table(numbers, scored)]


def category_files(numbers: Numbers) -> list[File]:
    """All scores of every category."""
    table = numbers.people.categories
    what = "every category: counts, scores, intervals"
    return [] if table is None else [File("category_scores.csv", table.reset_index(), what)]


def category_texts(numbers: Numbers, scored: pd.DataFrame) -> list[str]:
    """From which to which, and how."""
    values = scored[numbers.score]
    texts = [
        f"The mean {numbers.score_label} of {count(len(scored), 'category', 'categories')} goes "
        f"from {decimal(values.iloc[-1])} ({scored.index[-1]}) to {decimal(values.iloc[0])} "
        f"({scored.index[0]}). A category's score is the mean over its images, each counting once."
    ]
    if has_intervals(numbers, scored):
        texts[0] += (
            " The 95% intervals are about other people and these images; they do not say how "
            "other images of the category would do."
        )
    return texts


def has_intervals(numbers: Numbers, scored: pd.DataFrame) -> bool:
    """Whether any category's score has one."""
    return bool(scored[f"{numbers.score}_low"].notna().any())


def category_figure(numbers: Numbers, scored: pd.DataFrame) -> Figure:
    """A dot for each category."""
    rows = pd.DataFrame(
        {
            "name": scored.index.astype(str),
            "value": scored[numbers.score].to_numpy(),
            "low": scored[f"{numbers.score}_low"].to_numpy(),
            "high": scored[f"{numbers.score}_high"].to_numpy(),
        }
    )
    lines = "; the lines are 95% intervals" if has_intervals(numbers, scored) else ""
    return Figure(
        id="categories",
        chart=dots(rows, f"mean {numbers.score_label}", PAGE),
        label=f"Mean {numbers.score_label} of each category",
        caption=f"Mean {numbers.score_label} of each category's images{lines}.",
    )


def category_table(numbers: Numbers, scored: pd.DataFrame) -> Table | LongTable:
    """Rounded for reading; many categories in a table that can be searched."""
    names = list(dict.fromkeys([numbers.score, "hit_rate", "false_alarm_rate"]))
    names = [name for name in names if scored[name].notna().any()]
    titles = [f"Mean {SCORE_TITLES[name]}" for name in names]
    titles = [title if "d′" in title else capital(title.lower()) for title in titles]
    if len(scored) > MOST_ROWS:
        columns = [{"label": "Category", "kind": "text"}, {"label": "Images", "kind": "count"}]
        columns += [{"label": title, "kind": "rate"} for title in titles]
        rows = [
            [str(name), int(row["n_images"]), *(rate(row, score) for score in names)]
            for name, row in scored.iterrows()
        ]
        return LongTable("categories-table", "Categories", "category_scores.csv", columns, rows)
    cells = [
        [
            str(name),
            f"{int(row[f'{numbers.score}_n_images']):,}",
            *(
                with_limits(row[score], limits(row[f"{score}_low"], row[f"{score}_high"], 3))
                for score in names
            ),
        ]
        for name, row in scored.iterrows()
    ]
    return Table("Scores of categories", ["Category", "Images", *titles], cells)


def rate(row: pd.Series, score: str) -> list[float | str | None]:
    """A cell of a long table."""
    values = [row[score], row[f"{score}_low"], row[f"{score}_high"]]
    return [*(None if pd.isna(value) else float(value) for value in values), ""]
