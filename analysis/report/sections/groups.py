"""People and models by category and other attributes of the images."""

import pandas as pd

from analysis.comparison.groups import Between, Group, Groups, Within
from analysis.comparison.verdict import FEW, called
from analysis.readable import count, decimal
from analysis.report.blocks import Block, Figure, File, Section, Subheading, Table, Text
from analysis.report.figures.by_group import by_group
from analysis.report.figures.style import PAGE
from analysis.report.numbers import Numbers
from analysis.report.phrases import capital, short

SMALL = "too small"
WIDEST = 2  # models whose two scales fit in a table; groups.csv has them all


def groups_section(numbers: Numbers) -> Section | None:
    """Each attribute by itself; None where there is none."""
    found, skipped = numbers.of_models.groups, numbers.of_models.not_grouped
    if not found and not skipped:
        return None
    blocks: list[Block] = []
    if found:
        blocks.append(Text([meaning(found[0])]))
    for i, groups in enumerate(found):
        blocks += [Subheading(f"By {groups.by}"), Text(words(groups))]
        blocks += [*group_figure(numbers, i, groups), group_table(groups)]
    if skipped:
        blocks.append(Text([f"Not shown: {'; '.join(skipped)}."], "faint"))
    files = []
    if found:
        tables = [groups.to_frame().assign(by=groups.by).astype(object) for groups in found]
        what = "people and models within and between groups of images"
        files.append(File("groups.csv", pd.concat(tables, ignore_index=True), what))
    return Section("By category and attribute", blocks, files)


def meaning(groups: Groups) -> str:
    """What numbers of groups are good for."""
    return (
        "A model may know which groups of images are memorable and nothing about the images within "
        "one, or the other way round. “Between” is of the means of groups, “within” of all images, "
        "each less the mean of its group. These numbers have no intervals: few images make them "
        f"uncertain, and groups of fewer than {FEW} images or people have none "
        f"({groups.n_splits:,} splits, the same for all groups)."
    )


def words(groups: Groups) -> list[str]:
    """What was left out, if anything."""
    found = []
    if groups.n_without_group:
        n = count(groups.n_without_group, "image has", "images have")
        found.append(
            f"{n} no {groups.by} and is left out."
            if groups.n_without_group == 1
            else f"{n} no {groups.by} and are left out."
        )
    if len(groups.between.models) > 1 and groups.n_without_prediction:
        n = count(groups.n_without_prediction, "image")
        found.append(f"Compared on the images that every model predicts; {n} are left out.")
    return found


def group_figure(numbers: Numbers, i: int, groups: Groups) -> list[Block]:
    """Each group's ρ beside every model's correlation with a half; nothing if all are small."""
    rows = []
    for group in groups.groups:
        label = f"{group.name} ({count(group.n_images, 'image')})"
        if group.is_too_small:
            continue
        rows.append(
            {"group": label, "series": "another half, ρ", "kind": "people", "value": group.rho}
        )
        rows += [
            {"group": label, "series": called(m.model), "kind": "model", "value": m.corr_half}
            for m in group.models
        ]
    if not rows:
        return []
    return [
        Figure(
            id=f"groups-{i}",
            chart=by_group(
                pd.DataFrame(rows),
                axis_title="Spearman correlation with a half",
                palette=PAGE,
            ),
            label=f"{capital(numbers.score_label)} within each {groups.by}",
            caption="Scale A within each group: another half of the people and the models, on the "
            "same halves. ρ is lower where the images of a group differ less, so compare within a "
            "row, not between rows.",
        )
    ]


def group_table(groups: Groups) -> Table:
    """A row for each group, then between and within; of many models scale A alone."""
    scales = "AB" if len(groups.between.models) <= WIDEST else "A"
    columns = ["", "Images", "Mean score", "A: another half (ρ)"]
    for one in groups.between.models:
        columns += [f"{scale}: {short(called(one.model))}" for scale in scales]
    rows = [
        [group.name, f"{group.n_images:,}", mean(group), *numbers_of(group, scales)]
        for group in groups.groups
    ]
    between, within = groups.between, groups.within
    n_groups = count(between.n_groups, "group")
    rows.append(["Between groups", n_groups, "", *numbers_of(between, scales)])
    rows.append(["Within groups", f"{within.n_images:,}", "", *numbers_of(within, scales)])
    return Table(f"By {groups.by}", columns, rows)


def mean(group: Group) -> str:
    """A group's mean score, where it has one."""
    return SMALL if group.is_too_small else decimal(group.mean_score, 3)


def numbers_of(part: Group | Between | Within, scales: str) -> list[str]:
    """ρ, and each model against a half (A) and everybody (B)."""
    if part.is_too_small:
        return [SMALL] * (1 + len(scales) * len(part.models))
    cells = [decimal(part.rho, 3)]
    for one in part.models:
        values = {"A": one.corr_half, "B": one.corr_all}
        cells += [decimal(values[scale], 3) for scale in scales]
    return cells
