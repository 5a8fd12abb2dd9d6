"""Models on several data sets: what they were trained on by what they are tested on."""

import math

from analysis.comparison.transfer import MARK, Transfer, TransferCell
from analysis.comparison.verdict import called
from analysis.readable import decimal
from analysis.report.blocks import File, Section, Table, Text
from analysis.report.numbers import Numbers


def transfer_section(numbers: Numbers) -> Section | None:
    """The table of all models on all data sets; None where the report has one data set only."""
    found = numbers.of_models.transfer
    if found is None:
        return None
    texts = [
        "Each model by what it was trained on, on each data set. A: its Spearman correlation with "
        "one half of the people, beside that of another half, ρ. B: its correlation with "
        "everybody, beside the estimated ceiling √R. d is the correlation with the true scores, "
        "which may be compared between data sets; the others depend on how many people there "
        "were.",
    ]
    if any(cell.is_trained_on for cell in found.cells):
        texts.append(
            f"* {MARK}: such a cell says how well the model remembers, not how well it predicts."
        )
    what = "every model on every data set"
    return Section(
        "On other data sets",
        [Text(texts), transfer_table(found)],
        [File("transfer.csv", found.to_frame(), what)],
    )


def transfer_table(found: Transfer) -> Table:
    """A row for each model, a column for each data set."""
    tested = list(dict.fromkeys(cell.tested_on for cell in found.cells))
    models = list(dict.fromkeys((cell.model, cell.trained_on) for cell in found.cells))
    cells = {(cell.model, cell.tested_on): cell for cell in found.cells}
    rows = []
    for model, about in models:
        told = [cell_words(cells.get((model, name))) for name in tested]
        rows.append([called(model), about, *told])
    columns = ["Model", "Trained on", *tested]
    text = range(len(columns))
    return Table("Trained on × tested on", columns, rows, tuple(text))


def cell_words(cell: TransferCell | None) -> str:
    """The numbers of one model on one data set."""
    if cell is None:
        return "–"
    parts = []
    if not math.isnan(cell.corr_half):
        rho = "not known" if math.isnan(cell.rho) else decimal(cell.rho)
        beside = f" (ρ\u00a0{rho})"
        parts.append(f"A\u00a0{decimal(cell.corr_half)}{beside}")
    if not math.isnan(cell.corr_all):
        ceiling = "not known" if math.isnan(cell.ceiling_all) else decimal(cell.ceiling_all)
        beside = f" (√R\u00a0{ceiling})"
        parts.append(f"B\u00a0{decimal(cell.corr_all)}{beside}")
    if not math.isnan(cell.disattenuated):
        parts.append(f"d\u00a0{decimal(cell.disattenuated)}")
    told = "; ".join(parts) or "–"
    return f"{told}{' *' if cell.is_trained_on else ''}"
