"""What looks odd in a finished run: kept as flags for a researcher to judge, and nothing follows.

Thresholds are far from what people do: a wrong flag costs somebody's time, and a pattern that is
only unusual is none.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from statistics import fmean, stdev
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.inserts import insert_ignoring
from experiment.models import BrowserEvent, FeedbackRequest, Flag, Interruption, Response, Run

# Nobody sees a picture, knows it and presses that fast: the brain alone takes 150 ms to tell what
# is in it (Thorpe, Fize & Marlot 1996).
FAST_MS = 200.0
FAST_SHARE = 0.2  # of presses
N_PRESSES = 20  # fewer tell nothing of a pattern
REGULAR_SD_MS = 20.0  # of reaction times; people's is above 60 ms
N_TRIALS = 30
PERIODS = range(2, 9)  # every second, third … eighth trial
SHORTEST_STRETCH = 24  # trials in a row: 2⁻²³ by chance where every other trial has a key
ALWAYS = 0.9  # of trials
DROPPED_SHARE = 0.1  # of trials with a frame dropped
UNFOCUSED_SHARE = 0.1
N_INTERRUPTIONS = 4

Found = Iterator[tuple[str, dict[str, Any]]]  # kind, numbers behind it


def flag_oddities(session: Session, run: Run) -> None:
    """Keep what is odd about a run; a second time changes nothing."""
    responses = session.execute(
        select(
            Response.position,
            Response.key,
            Response.rt_ms,
            Response.dropped_frames,
            Response.had_focus,
        )
        .where(Response.run_id == run.id)
        .order_by(Response.position)
    ).all()
    found = [
        *odd_presses([row.key is not None for row in responses], [r.rt_ms for r in responses]),
        *odd_screen([r.dropped_frames for r in responses], [r.had_focus for r in responses]),
        *odd_course(session, run),
    ]
    now = datetime.now(UTC)
    flags = [
        {
            "participant_id": run.participant_id,
            "run_number": run.number,
            "kind": kind,
            "detail": detail,
            "raised_at": now,
        }
        for kind, detail in found
    ]
    insert_ignoring(session, Flag, ("participant_id", "run_number", "kind"), flags)


def odd_presses(pressed: Sequence[bool], times_ms: Sequence[float | None]) -> Found:
    """Always or never pressed, too fast, or as no person does: by the clock or by the count.

    Parameters
    ----------
    pressed, times_ms
        Of every shown trial, by position; reaction times are None without a key.
    """
    n = len(pressed)
    if n >= N_TRIALS:
        share = sum(pressed) / n
        if share >= ALWAYS:
            yield "always_pressing", {"share": share, "n": n}
        if not any(pressed):
            yield "never_pressing", {"n": n}
    regular = periodic_stretch(pressed) or {}
    times = [time for time in times_ms if time is not None]
    if len(times) >= N_PRESSES:
        fast = sum(time < FAST_MS for time in times) / len(times)
        if fast >= FAST_SHARE:
            yield "fast_responding", {"share": fast, "below_ms": FAST_MS, "n": len(times)}
        spread = stdev(times)
        if spread < REGULAR_SD_MS:
            regular |= {"sd_ms": spread, "mean_ms": fmean(times), "n": len(times)}
    if regular:
        yield "regular_responding", regular


def periodic_stretch(pressed: Sequence[bool]) -> dict[str, Any] | None:
    """The first long stretch in which every p-th trial is pressed and no other; None if there is
    none.

    Few presses far apart are no pattern: a stretch counts with at least 8 of them.
    """
    for period in PERIODS:
        need = max(SHORTEST_STRETCH, 8 * period)
        length = 0
        for at in range(len(pressed)):
            same = at >= period and pressed[at] == pressed[at - period]
            length = length + 1 if same else 0
            window = pressed[at - period + 1 : at + 1]
            if length >= need - period and sum(window) == 1:
                return {"period": period, "trials": need, "until": at}
    return None


def odd_screen(dropped: Sequence[int], focused: Sequence[bool | None]) -> Found:
    """A screen that drops frames, a window that is not in front."""
    n = len(dropped)
    if n < N_TRIALS:
        return
    share = sum(frames > 0 for frames in dropped) / n
    if share >= DROPPED_SHARE:
        yield "many_dropped_frames", {"share": share, "frames": sum(dropped), "n": n}
    known = [focus for focus in focused if focus is not None]
    away = sum(not focus for focus in known)
    if known and away / len(known) >= UNFOCUSED_SHARE:
        yield "out_of_focus", {"share": away / len(known), "n": len(known)}


def odd_course(session: Session, run: Run) -> Found:
    """Many interruptions, keys that no keyboard made, answers taken back after their feedback."""
    n_breaks = session.scalar(
        select(func.count()).select_from(Interruption).where(Interruption.run_id == run.id)
    )
    if n_breaks is not None and n_breaks >= N_INTERRUPTIONS:
        yield "many_interruptions", {"n": n_breaks}
    n_untrusted = session.scalar(
        select(func.count())
        .select_from(BrowserEvent)
        .where(BrowserEvent.run_id == run.id, BrowserEvent.event == "untrusted_key")
    )
    if n_untrusted:
        yield "untrusted_keys", {"n": n_untrusted}
    denied = session.scalars(
        select(FeedbackRequest.position)
        .join(
            Response,
            (Response.run_id == FeedbackRequest.run_id)
            & (Response.position == FeedbackRequest.position),
        )
        .where(FeedbackRequest.run_id == run.id, Response.key.is_(None))
        .order_by(FeedbackRequest.position)
    ).all()
    if denied:
        yield "feedback_denied", {"positions": list(denied)[:50], "n": len(denied)}
