"""What agreement is by chance, where differences come from, and agreement within categories."""

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd

from analysis.consistency.chance import ChanceLine
from analysis.consistency.variance_components import VarianceComponents
from analysis.readable import decimal, percent
from analysis.report.blocks import Block, File, Subheading, Table, Text
from analysis.report.numbers import Numbers
from analysis.report.people_numbers import TOO_MANY_TRIALS
from analysis.scores.names import SCORE_TITLES

MOST_GROUPS = 30  # in the page; the file has them all
PARTS = {"within": "Within categories", "between": "Between categories"}


def chance_texts(numbers: Numbers) -> list[str]:
    """The band of chance and p; nothing without single responses."""
    chance = numbers.people.chance
    if chance is None:
        trials = numbers.dataset.trials
        too_many = trials is not None and len(trials) > TOO_MANY_TRIALS
        return ["What chance gives was not computed for so many trials."] if too_many else []
    if math.isnan(chance.p) or math.isnan(chance.chance_low):
        return []
    return [
        "If images did not differ, each person's responses could as well have fallen on any other "
        f"of the images that they saw. Shuffled so {chance.n_permutations:,} times, ρ is between "
        f"{decimal(chance.chance_low)} and {decimal(chance.chance_high)} in "
        f"{percent(chance.level)} of the cases: that is what chance gives. {p_words(chance)}"
    ]


def p_words(chance: ChanceLine) -> str:
    """p, and whether a smaller one could have come out."""
    least = 1 / (chance.n_permutations + 1)
    told = f"p\u00a0=\u00a0{decimal(chance.p, 3)}"
    if chance.p <= least + 1e-12:
        return f"None of them reached the people's own ρ ({told}, the smallest that can come out)."
    return f"The people's own ρ has {told} (one-sided)."


def component_blocks(numbers: Numbers) -> list[Block]:
    """Where the differences between single responses come from."""
    found = numbers.people.components
    if not found:
        return []
    text = (
        "A single response is 0 or 1. How much it differs from the others because of the image, "
        "because of the person (who may remember well, or press often), and for all other reasons, "
        "what this person makes of this image among them, is a share of the variance each. r1 is "
        "the reliability of one response to each image; it says how many responses are needed, "
        "whatever their number was here."
    )
    if any(one.truncated for one in found):
        text += " A share that was estimated below 0 is told as 0."
    columns = [
        "Responses behind the",
        "Images",
        "People",
        "All the rest",
        "r1",
        "R, from these shares",
    ]
    rows = [component_row(one) for one in found]
    return [
        Subheading("Images, people and the rest"),
        Text([text]),
        Table("Shares of the variance of single responses", columns, rows),
    ]


def component_row(one: VarianceComponents) -> list[str]:
    """Shares in percent, and both reliabilities."""
    shares = (one.share_images, one.share_participants, one.share_residual)
    told = [f"{decimal(100 * share, 1)}%" if math.isfinite(share) else "–" for share in shares]
    reliabilities = [decimal(one.response_reliability, 3), decimal(one.reliability, 3)]
    return [SCORE_TITLES[one.score], *told, *reliabilities]


def category_agreement(numbers: Numbers) -> list[Block]:
    """Consistency within and between categories, and of each; nothing without categories."""
    table = numbers.people.by_category
    if table is None:
        return []
    parts = table[table["part"].isin(PARTS)]
    groups = table[table["part"] == "group"]
    told = parts if len(groups) > MOST_GROUPS else pd.concat([parts, groups])
    text = (
        "People may agree on which categories are memorable, or on which images are within a "
        "category; ρ of all images mixes both. Within: each image's score less the mean of its "
        "category in that half. Between: the categories' means, so that it rests on the number of "
        f"categories. {numbers.people.by_category_splits:,} splits of the "
        f"{'counts' if numbers.n_participants is None else 'people'}, the same for all rows; "
        "with fewer than eight images, people or categories no number is told."
    )
    if len(told) < len(table) - 1:
        text += f" Each of the {len(groups):,} categories is in consistency_by_category.csv."
    rows = [group_row(row) for row in told.to_dict("records")]
    columns = ["Images", "Number", "ρ, half against half", "Monte-Carlo spread", "R of everybody"]
    return [
        Subheading("Within and between categories"),
        Text([text]),
        Table("Consistency by category", [*columns, "Note"], rows, text=[0, 5]),
    ]


def group_row(row: dict[Hashable, Any]) -> list[str]:
    """One part of the images."""
    name = PARTS.get(str(row["part"]), str(row["group"]))
    n = int(str(row["n_images"]))
    unit = ("category" if n == 1 else "categories") if row["part"] == "between" else "image"
    numbers = [float(str(row[name])) for name in ("rho", "spread", "reliability")]
    note = row["note"] if isinstance(row["note"], str) else ""
    shown = f"{n:,} {unit}" if unit != "image" else f"{n:,} image{'' if n == 1 else 's'}"
    return [name, shown, *(decimal(number, 3) for number in numbers), note]


def agreement_files(numbers: Numbers) -> list[File]:
    """Chance, components, and every category."""
    people = numbers.people
    found = []
    if people.chance is not None:
        what = "consistency where images do not differ, and p"
        found.append(File("chance.csv", people.chance.to_frame(), what))
    if people.components:
        table = pd.concat([components_frame(one) for one in people.components], ignore_index=True)
        found.append(
            File("variance_components.csv", table, "variance of images, people and the rest")
        )
    if people.by_category is not None:
        what = "consistency within and between categories, and of each"
        found.append(File("consistency_by_category.csv", people.by_category, what))
    return found


def components_frame(one: VarianceComponents) -> pd.DataFrame:
    """Its components with the score and both reliabilities."""
    table = one.to_frame()
    table.insert(0, "score", one.score)
    return table.assign(
        response_reliability=one.response_reliability,
        reliability=one.reliability,
        n_images=one.n_images,
        n_participants=one.n_participants,
        n_responses=one.n_responses,
    )
