"""Which parts of a paradigm go together: phases, levels, rests, and images that return."""

from typing import TYPE_CHECKING, Any

from experiment.design.values import is_number, refuse_unless

if TYPE_CHECKING:
    from experiment.design.paradigms import Paradigm


def check_structure(paradigm: "Paradigm") -> None:
    """Refuse parts that do not go together.

    Raises
    ------
    ParadigmError
        Naming the key, the value found and what would be right.
    """

    def need(key: str, fine: bool, remedy: str) -> None:
        refuse_unless(fine, key, getattr(paradigm, key), remedy)

    is_study_test = paradigm.phases == "study_test"
    is_in_levels = paradigm.n_levels > 1
    returns = paradigm.n_returning > 0
    need(
        "n_lures",
        is_study_test == (paradigm.n_lures > 0),
        'new images belong to a test phase: give phases = "study_test" and some, or 0',
    )
    need(
        "n_levels",
        not (is_in_levels and is_study_test),
        "a study and a test phase are two levels by themselves; give 1",
    )
    need(
        "n_returning",
        not (returns and (is_in_levels or is_study_test)),
        "images return in later runs of one level and one phase only; give 0",
    )
    need(
        "n_fillers",
        not returns or paradigm.n_fillers > 0,
        "a run never begins with an image of an earlier run: give 1 at least, or no n_returning",
    )
    need(
        "rests",
        not is_in_levels or paradigm.rests != "none",
        "levels are told apart by rests: give offered or required",
    )
    need(
        "rests",
        not is_study_test or paradigm.rests == "required",
        "there is a pause between study and test phase: give required",
    )
    hours: Any = paradigm.return_after_hours
    need(
        "return_after_hours",
        isinstance(hours, tuple)
        and len(hours) == 2
        and is_number(hours[0], 0, 10_000)
        and (hours[1] is None or is_number(hours[1], hours[0], 10_000)),
        "give the earliest and the latest time in hours, like [20, 48]",
    )
