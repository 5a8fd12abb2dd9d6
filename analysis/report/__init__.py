"""The report of a dataset: one self-contained page, and every number beside it."""

from analysis.report.figures.paper import write_figure
from analysis.report.writing import write_report

__all__ = ["write_figure", "write_report"]
