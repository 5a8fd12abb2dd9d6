"""``hitrate plan``: how many people a study needs, and what people or money are enough for."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analysis.scores.names import SCORES

if TYPE_CHECKING:
    from analysis.planning import Design, Game, Pilot, Plan, Prospects


def share(text: str) -> float:
    """A share from 0 to below 1, written as 0.15 or as 15%."""
    try:
        number = float(text.strip().removesuffix("%")) / (100 if text.strip()[-1:] == "%" else 1)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1:
        raise click.BadParameter(f"{text!r} is no share from 0 to below 1; write 0.15 or 15%")
    return number


ABOVE_0 = click.FloatRange(min=0, min_open=True)
FROM_1 = click.IntRange(min=1)


@click.command()
@click.option("--images", type=FROM_1, help="Targets of the study. [default: the pilot's]")
@click.option(
    "--reliability",
    "targets",
    multiple=True,
    type=float,
    default=(0.8, 0.9),
    show_default=True,
    help="R aimed at, of everybody's scores. May be repeated.",
)
@click.option("--r1", multiple=True, type=float, help="Of one response. May be repeated.")
@click.option(
    "--pilot",
    metavar="DATASET",
    type=click.Path(path_type=Path),
    help="A dataset that r1, the responses of a participant and the people lost are taken from.",
)
@click.option(
    "--score",
    type=click.Choice(SCORES),
    default="hit_rate",
    show_default=True,
    help="Of the pilot.",
)
@click.option("--paradigm", help="lamem2015, isola2014 (a level), memorygame2019, rim2025_example.")
@click.option("--trials", type=FROM_1, help="Of a run, with the paradigm's share of targets.")
@click.option("--targets", "n_targets", type=FROM_1, help="Images of a run that are measured.")
@click.option("--runs", default=1, show_default=True, type=FROM_1, help="Of a participant.")
@click.option("--minutes", type=ABOVE_0, help="Of a run, instructions included.")
@click.option("--dropout", type=share, help="Of those who start, leave early and are not paid.")
@click.option("--excluded", type=share, help="Of those who finish, are paid but do not count.")
@click.option(
    "--assignment",
    type=click.Choice(("even", "random")),
    help="How targets are given out: the same number for every image, or by chance. "
    "[default: even, or as in the pilot]",
)
@click.option("--pay", type=click.FloatRange(min=0), help="Of a participant, all runs together.")
@click.option("--pay-per-hour", type=click.FloatRange(min=0), help="Instead, by the hour.")
@click.option("--fee", default="0", type=share, help="Of the recruiter, as a share of the pay.")
@click.option("--currency", default="", help="Put before amounts, like £.")
@click.option("--participants", type=FROM_1, help="Who start: say what they are enough for.")
@click.option("--budget", type=ABOVE_0, help="Say what it is enough for.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write every number.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write the table.")
@click.option("--figure", type=click.Path(path_type=Path), help="Draw: .svg, .pdf, .png or .html.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0), help="Of splits.")
def plan(
    images: int | None,
    targets: tuple[float, ...],
    r1: tuple[float, ...],
    pilot: Path | None,
    score: str,
    participants: int | None,
    budget: float | None,
    currency: str,
    json_file: Path | None,
    csv_file: Path | None,
    figure: Path | None,
    seed: int,
    **options: Any,
) -> None:
    """Plan a study: people, hours and cost for a reliability.

    With --participants or --budget the other way: the reliability to expect, and how many images
    they are enough for.
    """
    from analysis.errors import AnalysisError
    from analysis.planning import PUBLISHED, Case, plan_study, study_prospects, words
    from analysis.planning.figure import check_figure, plan_figure, write_figure
    from analysis.planning.responses import check_reliability

    for target in targets:
        check_reliability(target)
    if figure is not None:
        check_figure(figure)
    if r1 and pilot is not None:
        raise AnalysisError("r1 follows from the pilot; give either --r1 or --pilot")
    if participants and budget:
        raise AnalysisError("people follow from the budget; give --participants or --budget")
    cases = tuple(Case("as given", value) for value in r1) or PUBLISHED
    known = None
    if pilot is not None:
        known = _read(pilot, score, seed)
        cases = (known.case,)
        images = images or known.n_images
    game, name = _game(options, known)
    design = _design(options, game, known, images)
    if budget is not None:
        participants = design.within(budget)
    if figure is not None and images is None:
        raise AnalysisError("a figure is of a number of images; give --images")
    counted = known if known is not None and images == known.n_images else None
    given: dict[str, Any] = {"targets": targets, "cases": cases, "pilot": counted}
    drawn = None if images is None else plan_study(images, design, **given)
    result: Plan | Prospects | None = drawn
    if participants is not None:
        result = study_prospects(participants, design, n_images=images, **given)
    if result is None:
        raise AnalysisError("how many images? Give --images, or --pilot with a dataset")
    lines = words.pilot_lines(known) if known else words.case_lines(cases, cases is PUBLISHED)
    if known and not counted:
        lines.append("  It has other images, so only what it tells is used, not its responses.")
    lines += words.design_lines(design, game, name, options["runs"], options["minutes"])
    click.echo("\n".join([*lines, "", *words.result_lines(result, counted, currency)]))
    try:
        _write(result, json_file, csv_file)
        if figure is not None and drawn is not None:
            write_figure(plan_figure(drawn), figure)
    except OSError as error:
        raise AnalysisError(f"{error.filename} cannot be written: {error.strerror}") from error
    for file in (json_file, csv_file, figure):
        if file is not None:
            click.echo(f"Written: {file}")


def _read(path: Path, score: str, seed: int) -> "Pilot":
    """The pilot of a dataset."""
    import numpy as np

    from analysis.dataset import read_dataset
    from analysis.planning import read_pilot

    return read_pilot(read_dataset(path), score=score, rng=np.random.default_rng(seed))


def _game(options: dict[str, Any], known: "Pilot | None") -> "tuple[Game | None, str]":
    """What a participant plays, and its name; none where a pilot tells what they gave."""
    from analysis.errors import AnalysisError
    from analysis.planning import GAMES, Game

    paradigm, n_trials, n_targets = (options[key] for key in ("paradigm", "trials", "n_targets"))
    if n_targets is not None:
        if paradigm or n_trials:
            raise AnalysisError("targets follow from a paradigm and its trials; give one of them")
        return Game(n_targets, 0, 0.0), ""
    if known is not None and not paradigm and not n_trials:
        return None, known.name
    paradigm = paradigm or "lamem2015"
    if paradigm not in GAMES:
        raise AnalysisError(f"no paradigm is called {paradigm!r}; there are {', '.join(GAMES)}")
    game = GAMES[paradigm]
    if n_trials:
        return game.of_trials(n_trials), f"{n_trials} trials like {paradigm}"
    return game, paradigm


def _design(
    options: dict[str, Any], game: "Game | None", known: "Pilot | None", images: int | None
) -> "Design":
    """What a participant gives and costs: as in the pilot, where no option says it."""
    from analysis.errors import AnalysisError
    from analysis.planning import Design

    runs, minutes, pay = (options[key] for key in ("runs", "minutes", "pay"))
    if game is None and known is not None:
        design = known.design()
    else:
        pairs = 1.0 if game is None else float(game.n_targets * runs)
        design = Design(pairs)
        if known is not None and known.n_started is not None:
            design = replace(known.design(), pairs=pairs)
    if minutes is None and game is not None and game.seconds:
        minutes = game.seconds / 60
    if minutes is not None:
        design = replace(design, minutes=minutes * runs)
    if options["pay_per_hour"] is not None:
        if pay is not None:
            raise AnalysisError("give either --pay or --pay-per-hour")
        if design.minutes is None:
            raise AnalysisError("pay by the hour needs the minutes of a run; give --minutes")
        pay = options["pay_per_hour"] * design.minutes / 60
    if options["dropout"] is not None or options["excluded"] is not None:
        paid = 1 - (options["dropout"] or 0.0)
        design = replace(design, paid=paid, counted=paid * (1 - (options["excluded"] or 0.0)))
    if options["assignment"] is not None:
        chance = 0.0 if images is None else design.pairs / images  # sampling without replacement
        dispersion = 1 - min(chance, 1.0) if options["assignment"] == "random" else 0.0
        design = replace(design, dispersion=dispersion)
    return replace(design, pay=pay, fee=options["fee"])


def _write(result: "Plan | Prospects", json_file: Path | None, csv_file: Path | None) -> None:
    """The files that were asked for."""
    from analysis.report.record import jsonable

    if json_file is not None:
        text = json.dumps(jsonable(result.to_dict()), ensure_ascii=False, indent=1, allow_nan=False)
        json_file.write_text(text + "\n", encoding="utf-8")
    if csv_file is not None:
        csv_file.write_text(result.to_frame().to_csv(index=False), encoding="utf-8")
