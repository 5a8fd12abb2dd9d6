"""A plan in plain words and aligned columns. Numbers are rounded here, for reading only."""

import math
import textwrap
from collections.abc import Sequence

from analysis.planning.design import Design, Game
from analysis.planning.pilot import Pilot
from analysis.planning.plan import Need, Plan, pilot_people
from analysis.planning.prospects import Prospects
from analysis.planning.responses import Case
from analysis.readable import count, decimal, percent
from analysis.scores.names import SCORE_NAMES

Row = tuple[str, Sequence[str]]  # what it is, and a cell for each column

NOTES = (
    "What counts is responses per image: twice the images take twice the people. More images make",
    "a model's correlation more certain, more responses each image's score.",
)
EVEN = (
    "Every image is taken to get the same number, as hitrate gives targets out. By chance some get",
    "fewer, which takes a few more people: --assignment random.",
)


def design_lines(
    design: Design, game: Game | None, name: str, runs: int, minutes: float | None
) -> list[str]:
    """What a participant does and gives; the name is that of the game or of the pilot."""
    if game is None:
        first = f"A participant gives {decimal(design.pairs, 1)} responses that count"
    else:
        of = f" of {name}" if name else ""
        first = f"A participant plays {count(runs, game.unit)}{of}: {game.n_targets * runs} targets"
    if design.minutes:
        alone = "" if minutes else " without instructions"
        first += f", {decimal(design.minutes, 1)} minutes{alone}"
    lost = (
        "Nobody is lost: --dropout and --excluded say how many are."
        if design.counted == 1
        else f"Of those who start, {percent(design.paid)} finish and {percent(design.counted)} "
        f"count: {decimal(design.pairs_of_starter, 1)} responses from each who starts."
    )
    return [f"{first}.", lost]


def case_lines(cases: Sequence[Case], published: bool) -> list[str]:
    """What the cases are."""
    lines = []
    if published:
        lines.append(
            "Neither r1 nor a pilot is given, so two published cases stand side by side; yours may "
            "be neither."
        )
    lines += [f"r1 = {decimal(case.r1, 3)}: {case.name}" for case in cases]
    return lines


def pilot_lines(pilot: Pilot) -> list[str]:
    """What the pilot showed."""
    halves, case = pilot.consistency, pilot.case
    if pilot.n_started is None:
        who = "counts of responses, people unknown"
    else:
        who = f"{count(pilot.n_started, 'person', 'people')} started, {pilot.n_counted} count"
    level = f"{case.level:.0%} interval " if case.level else ""

    def told(value: float, low: float | None, high: float | None, digits: int = 2) -> str:
        text = decimal(value, digits)
        if low is None or high is None:
            return text
        return f"{text} ({level}{decimal(low, digits)} to {decimal(high, digits)})"

    lines = [
        f"Pilot {pilot.name}: {who}; {count(pilot.n_images, 'image')} with "
        f"{decimal(pilot.responses_per_image, 1)} responses each ({SCORE_NAMES[pilot.score]}).",
        f"  two halves of it   ρ  = {told(halves.rho, halves.rho_low, halves.rho_high)}",
        "  all of it          R  = "
        + told(halves.reliability, halves.reliability_low, halves.reliability_high),
        f"  one response       r1 = {told(case.r1, case.r1_low, case.r1_high, 3)}",
    ]
    if case.r1_low == 0:
        lines.append(
            "  The interval of R reaches 0: these data cannot tell whether people agree at all, so"
        )
        lines.append("  that what follows is a guess.")
    if halves.counts_only:
        lines.append(
            "  From counts alone: differences between people are ignored, also in the intervals."
        )
    if pilot.harmonic_mean < 0.97 * pilot.responses_per_image:
        mean = decimal(pilot.responses_per_image, 1)
        text = (
            f"Its images have unequal numbers of responses: {mean} on average are worth "
            f"{decimal(pilot.harmonic_mean, 1)} (harmonic mean). The plan takes the rest to be "
            "given out with as much chance; --assignment even plans without."
        )
        lines.append(textwrap.fill(text, 94, initial_indent="  ", subsequent_indent="  "))
    return lines


def result_lines(result: Plan | Prospects, pilot: Pilot | None, currency: str = "") -> list[str]:
    """What a plan or its opposite says, and what to keep in mind."""
    if isinstance(result, Plan):
        lines = plan_lines(result, currency)
    else:
        lines = prospect_lines(result, pilot, currency)
    notes = NOTES if result.design.dispersion else NOTES + EVEN
    return [*lines, "", *notes]


def plan_lines(plan: Plan, currency: str = "") -> list[str]:
    """A column for each case and target."""
    needs, design = plan.needs, plan.design
    more = "more " if plan.pilot is not None else ""
    rows: list[Row] = [
        ("", [f"r1 = {decimal(n.r1, 3)}" for n in needs]),
        ("target reliability", [f"R = {decimal(n.reliability)}" for n in needs]),
        ("  that is, between halves", [f"ρ = {decimal(n.rho)}" for n in needs]),
        ("responses per image", [f"{n.responses_per_image:,.1f}" for n in needs]),
        (f"{more}people who start", [people(n.n_participants) for n in needs]),
    ]
    if any(case.limits() for case in plan.cases):
        rows.append(("  interval, from r1's", [interval(n) for n in needs]))
    if design.paid < 1:
        rows.append((f"{more}people who finish", [people(n.n_paid) for n in needs]))
    if design.minutes:
        rows.append(("hours of their time", [amount(n.hours) for n in needs]))
    if design.pay is not None:
        fee = ", with the fee" if design.fee else ""
        rows.append((f"cost{fee}", [money(n.cost, currency) for n in needs]))
    if plan.pilot is not None:
        before = pilot_people(plan.pilot, design)
        rows.append(("people with the pilot's", [people(before + n.n_participants) for n in needs]))
    return [f"{count(plan.n_images, 'image')}:", *table(rows)]


def prospect_lines(prospects: Prospects, pilot: Pilot | None, currency: str = "") -> list[str]:
    """What people or a budget are enough for."""
    more = "more " if pilot is not None and prospects.n_images is not None else ""
    first = f"{prospects.n_participants:,} {more}people start"
    if prospects.design.paid < 1:
        first += f", {people(prospects.n_paid)} finish"
    if prospects.hours is not None:
        first += f", {amount(prospects.hours)} hours of their time"
    if prospects.cost is not None:
        first += f", cost {money(prospects.cost, currency)}"
    lines = [f"{first}.", ""]
    if prospects.expected:
        found = prospects.expected
        rows: list[Row] = [
            ("", [f"r1 = {decimal(e.r1, 3)}" for e in found]),
            ("responses per image", [f"{e.responses_per_image:,.1f}" for e in found]),
            ("expected reliability R", [decimal(e.reliability) for e in found]),
            ("expected ρ of two halves", [decimal(e.rho) for e in found]),
        ]
        if any(not math.isnan(e.reliability_low) for e in found):
            of_r = [f"{decimal(e.reliability_low)}–{decimal(e.reliability_high)}" for e in found]
            of_rho = [f"{decimal(e.rho_low)}–{decimal(e.rho_high)}" for e in found]
            rows[3:3] = [("  interval", of_r)]
            rows.append(("  interval", of_rho))
        lines += [f"{count(prospects.n_images or 0, 'image')}:", *table(rows), ""]
    able = prospects.affordable
    rows = [
        ("", [f"r1 = {decimal(a.r1, 3)}" for a in able]),
        ("target reliability", [f"R = {decimal(a.reliability)}" for a in able]),
        ("  that is, between halves", [f"ρ = {decimal(a.rho)}" for a in able]),
        ("responses per image", [f"{a.responses_per_image:,.1f}" for a in able]),
        ("images, at most", [n_images(a.n_images) for a in able]),
    ]
    if any(a.n_images_low is not None for a in able):
        cells = [f"{n_images(a.n_images_low)}–{n_images(a.n_images_high)}" for a in able]
        rows.append(("  interval, from r1's", cells))
    alone = ", the pilot's responses left out" if more else ""
    lines += [f"Images that {prospects.n_participants:,} people are enough for{alone}:"]
    lines += table(rows)
    if any(not n for a in able for n in (a.n_images, a.n_images_low or 1)):
        lines.append(
            f"too few: fewer than the {decimal(prospects.design.pairs, 0)} that one participant "
            "sees; invite more people."
        )
    return lines


def table(rows: Sequence[Row]) -> list[str]:
    """Rows with their cells aligned to the right."""
    first = max(len(name) for name, _ in rows)
    widths = [max(len(cells[i]) for _, cells in rows) for i in range(len(rows[0][1]))]
    return [
        f"  {name:{first}}   "
        + "   ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        for name, cells in rows
    ]


def people(n: float) -> str:
    """A number of people; none is in words."""
    if math.isinf(n):
        return "no number"
    return f"{math.ceil(n - 1e-9):,}" if n > 0 else "none"


def n_images(n: int | None) -> str:
    """A number of images; 0 stands for fewer than one participant sees."""
    return f"{n:,}" if n else "too few"


def interval(need: Need) -> str:
    """“711–1,402”, or “at least 711” where r1 may be 0."""
    low, high = need.n_participants_low, need.n_participants_high
    if math.isnan(low):
        return decimal(low)
    return f"at least {people(low)}" if math.isinf(high) else f"{people(low)}–{people(high)}"


def amount(value: float | None) -> str:
    """A number with its thousands: one decimal below 10, none above."""
    if value is None or not math.isfinite(value):
        return decimal(value)
    return f"{value:,.1f}" if value < 10 else f"{value:,.0f}"


def money(value: float | None, currency: str) -> str:
    """An amount of money in whole units above 100."""
    if value is None or not math.isfinite(value):
        return decimal(value)
    return f"{currency}{value:,.2f}" if value < 100 else f"{currency}{value:,.0f}"
