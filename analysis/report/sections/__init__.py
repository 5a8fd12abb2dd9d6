"""The sections of the page, in their order: each a function of the report's numbers."""

from collections.abc import Callable

from analysis.report.blocks import Section
from analysis.report.numbers import Numbers
from analysis.report.sections.abstract import abstract_section
from analysis.report.sections.consistency import consistency_section
from analysis.report.sections.errors import errors_section
from analysis.report.sections.groups import groups_section
from analysis.report.sections.left_out import left_out_section
from analysis.report.sections.methods import methods_section
from analysis.report.sections.models import models_section
from analysis.report.sections.pairs import pairs_section
from analysis.report.sections.people import people_section
from analysis.report.sections.training import training_section
from analysis.report.sections.transfer import transfer_section

# Each gives a section, or None where the numbers have nothing for it.
SECTIONS: tuple[Callable[[Numbers], Section | None], ...] = (
    abstract_section,
    left_out_section,
    people_section,
    consistency_section,
    models_section,
    errors_section,
    pairs_section,
    groups_section,
    training_section,
    transfer_section,
    methods_section,
)


def make_sections(numbers: Numbers) -> list[Section]:
    """Every section that these numbers have something for."""
    return [made for section in SECTIONS if (made := section(numbers)) is not None]
