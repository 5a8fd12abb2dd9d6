"""Where a run has gaps, and which pairs of showings span one."""

from collections.abc import Collection


def lost_positions(
    given_up: Collection[int], end_position: int | None, stored: Collection[int]
) -> set[int]:
    """Positions that were shown or skipped and have no response.

    Parameters
    ----------
    given_up
        Those that the browser gave up. In a run that has not ended, those without a response before
        the last one are lost as well.
    end_position
        From here on nothing was to be shown, so nothing is lost; None: the whole run is shown.
    stored
        Positions that have a response.
    """
    gaps = range(max(stored, default=0))
    missing = {*given_up, *gaps} - set(stored)
    return {p for p in missing if end_position is None or p < end_position}


def is_interrupted(
    first: int, repeat: int, resumed: Collection[int], lost: Collection[int]
) -> bool:
    """Whether the interval of a pair spans a gap in the run.

    Parameters
    ----------
    first, repeat
        0-based positions of the two showings.
    resumed
        Positions at which the run went on after an interruption.
    lost
        Positions that were shown or skipped, and have no response: what is not known to have been
        shown, the first showing included, makes the interval unknown.
    """
    return any(first < position <= repeat for position in resumed) or any(
        first <= position < repeat for position in lost
    )
