"""Which trials count for the scores, chosen by the database.

The rules are those of `analysis.scores.responses.select_trials` and of `experiment.export.trials`:
targets and lures; no first showing of a study phase; no pair that an exclusion names in either of
its showings; no repeat whose interval has a gap, or whose first showing was lost.
"""

from sqlalchemy import CompoundSelect, Select, and_, case, func, or_, select, union_all
from sqlalchemy.orm import aliased

from experiment.export.rows import wanted
from experiment.models import (
    Exclusion,
    Interruption,
    Participant,
    Response,
    Run,
    Study,
    Trial,
)

IS_ANSWERED = and_(Response.run_id == Trial.run_id, Response.position == Trial.position)
# A pair of showings is known by the run of the first one and the image.
FIRST_RUN = func.coalesce(Trial.first_run_id, Trial.run_id)


def valid_trials(
    study: Study, *, include_simulated: bool
) -> Select[int, int, bool, bool, float | None]:
    """Participant.id, Image.id, is_repeat, responded and rt_ms of every trial that counts."""
    out = left_out(study).subquery("left_out")
    broken = interrupted(study).subquery("broken")
    return (
        select(
            Run.participant_id,
            Trial.image_id,
            Trial.is_repeat,
            Response.key.is_not(None).label("responded"),
            Response.rt_ms,
        )
        .select_from(Run)
        .join(Participant, Participant.id == Run.participant_id)
        .join(Trial, Trial.run_id == Run.id)
        .join(Response, IS_ANSWERED)
        .outerjoin(out, and_(out.c.run_id == FIRST_RUN, out.c.image_id == Trial.image_id))
        .outerjoin(
            broken, and_(broken.c.run_id == Trial.run_id, broken.c.position == Trial.position)
        )
        .where(
            Run.study_id == study.id,
            *wanted(study, include_simulated, include_preview=False),
            Trial.role.in_(("target", "lure")),
            or_(Trial.phase != "study", Trial.is_repeat),
            out.c.run_id.is_(None),
            broken.c.run_id.is_(None),
        )
    )


def left_out(study: Study) -> Select[int, int]:
    """Pairs of which a showing lies in an excluded level, run or person: run_id, image_id."""
    return (
        select(FIRST_RUN.label("run_id"), Trial.image_id)
        .select_from(Exclusion)
        .join(Run, Run.participant_id == Exclusion.participant_id)
        .join(Trial, Trial.run_id == Run.id)
        .join(Response, IS_ANSWERED)
        .where(
            Run.study_id == study.id,
            Run.participant_id.in_(select(Exclusion.participant_id)),  # few: the others are skipped
            or_(Exclusion.run_id.is_(None), Exclusion.run_id == Run.id),
            or_(Exclusion.level.is_(None), Exclusion.level == Trial.level),
        )
        .distinct()
    )


def interrupted(study: Study) -> CompoundSelect[int, int]:
    """Repeats of whose interval it is not known what was shown: run_id, position; some twice."""
    return union_all(over_interruptions(study), over_gaps(study), after_lost_firsts(study))


def over_interruptions(study: Study) -> Select[int, int]:
    """Repeats before which the game stopped and went on, after their first showing."""
    return (
        select(Trial.run_id, Trial.position)
        .select_from(Interruption)
        .join(Run, Run.id == Interruption.run_id)
        .join(Trial, Trial.run_id == Run.id)
        .where(
            Run.study_id == study.id,
            Run.id.in_(select(Interruption.run_id)),  # few: the others are skipped
            Trial.position >= Interruption.position,
            Trial.position - Trial.lag < Interruption.position,
        )
    )


def over_gaps(study: Study) -> Select[int, int]:
    """Repeats before which a position was lost, since their first showing or that one itself.

    Only runs with a gap are looked at: for each of their responses, how many positions before it
    are lost (none from the end of the run on, as nothing was to be shown there).
    """
    gappy = (
        select(Response.run_id)
        .join(Run, Run.id == Response.run_id)
        .where(Run.study_id == study.id)
        .group_by(Response.run_id)
        .having(func.count() <= func.max(Response.position))
    )
    is_due = or_(Run.end_position.is_(None), Response.position < Run.end_position)
    stored = func.sum(case((is_due, 1), else_=0)).over(
        partition_by=Response.run_id, order_by=Response.position, rows=(None, -1)
    )
    due = case((is_due, Response.position), else_=Run.end_position)
    counted = (
        select(
            Response.run_id,
            Response.position,
            Run.end_position,
            (due - func.coalesce(stored, 0)).label("n_lost"),
        )
        .join(Run, Run.id == Response.run_id)
        .where(Response.run_id.in_(gappy))
        .cte("counted")
    )
    repeat, first = aliased(counted), aliased(counted)
    first_position = Trial.position - Trial.lag
    return (
        select(Trial.run_id, Trial.position)
        .select_from(repeat)
        .join(Trial, and_(Trial.run_id == repeat.c.run_id, Trial.position == repeat.c.position))
        .outerjoin(first, and_(first.c.run_id == Trial.run_id, first.c.position == first_position))
        .where(
            Trial.lag.is_not(None),
            or_(
                repeat.c.n_lost > first.c.n_lost,
                and_(
                    first.c.position.is_(None),
                    or_(repeat.c.end_position.is_(None), first_position < repeat.c.end_position),
                ),
            ),
        )
    )


def after_lost_firsts(study: Study) -> Select[int, int]:
    """Repeats of an image of an earlier run whose response there was lost."""
    first, answer = aliased(Trial), aliased(Response)
    return (
        select(Trial.run_id, Trial.position)
        .join(Run, Run.id == Trial.run_id)
        .outerjoin(
            first,
            and_(
                first.run_id == Trial.first_run_id,
                first.image_id == Trial.image_id,
                first.is_repeat.is_(False),
            ),
        )
        .outerjoin(answer, and_(answer.run_id == first.run_id, answer.position == first.position))
        .where(
            Run.study_id == study.id,
            Run.number > 1,
            Trial.first_run_id.is_not(None),
            answer.run_id.is_(None),
        )
    )
