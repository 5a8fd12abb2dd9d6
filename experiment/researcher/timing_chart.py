"""The small chart of a run's timing: how many frames too long or too short images were shown."""

from dataclasses import dataclass

from experiment.people.timing import MOST_FRAMES_OFF, FramesOff, Timing

CHART_WIDTH = 360  # units of the picture
LABEL_WIDTH = 96
ROW_HEIGHT = 18
LARGEST_BAR = 190


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the chart."""

    y: int
    label: str
    n: int
    width: float
    is_right: bool  # as planned, to the frame


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and what it says in words."""

    bars: tuple[Bar, ...]
    height: int
    in_words: str


def timing_chart(timing: Timing | None) -> Chart | None:
    """The chart of a run; None where nothing was shown. Rows at the ends are left away if empty."""
    if timing is None:
        return None
    off = [row for row in timing.frames_off if row.n]
    least, most = min(min(r.frames for r in off), -1), max(max(r.frames for r in off), 1)
    rows = [row for row in timing.frames_off if least <= row.frames <= most]
    largest = max(row.n for row in rows)
    bars = tuple(
        Bar(
            y=ROW_HEIGHT * place,
            label=label_of(row),
            n=row.n,
            width=round(LARGEST_BAR * row.n / largest, 1),
            is_right=row.frames == 0,
        )
        for place, row in enumerate(rows)
    )
    told = ", ".join(f"{bar.label}: {bar.n}" for bar in bars)
    return Chart(bars, ROW_HEIGHT * len(bars), told)


def label_of(row: FramesOff) -> str:
    """What a row stands for."""
    if row.frames == 0:
        return "as planned"
    more = " or more" if abs(row.frames) == MOST_FRAMES_OFF else ""
    frames = "frame" if abs(row.frames) == 1 else "frames"
    return f"{row.frames:+d}{more or ' ' + frames}".replace("-", "−")
