"""hitrate: the command, and the Python interface for notebooks.

``hitrate --help`` imports nothing but click; each package is imported when its command runs, and
``hitrate.read_dataset`` and its like when they are first used.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

__version__ = "0.1.0"

# command: (where its click object is, what it does)
COMMANDS = {
    "stimuli": ("stimuli.cli:stimuli", "Sets of images: import, check, describe."),
    "study": (
        "experiment.commands.study:study",
        "Studies: create from a TOML file, open, pause, close, link.",
    ),
    "db": ("experiment.commands.db:db", "The database: upgrade, downgrade, check."),
    "researcher": (
        "experiment.commands.researcher:researcher",
        "Who may sign in: add, list, disable, reset.",
    ),
    "backup": ("experiment.commands.backup:backup", "Write an instance to one file, and check it."),
    "restore": ("experiment.commands.backup:restore", "Put a backup into an empty instance."),
    "serve": ("experiment.commands.serve:serve", "Run the web server."),
    "simulate": (
        "experiment.commands.simulate:simulate",
        "Let simulated participants play a study over HTTP.",
    ),
    "job": ("experiment.commands.job:job", "Long work that the server started: run it, list it."),
    "people": (
        "experiment.commands.people:people",
        "The people of a study: statuses, payment, what is held, erasing it.",
    ),
    "withdraw": (
        "experiment.commands.withdraw:withdraw",
        "Delete the data of the participant with this withdrawal code.",
    ),
    "export": (
        "experiment.commands.export:export",
        "Write a study's dataset: a folder of plain tables.",
    ),
    "predictions": (
        "experiment.commands.predictions:predictions",
        "Predictions of models for a study's images: import, list, delete.",
    ),
    "score": ("analysis.commands.score:score", "Score images with a memorability model."),
    "data": ("analysis.commands.data:data", "Datasets: check one, import other people's tables."),
    "plan": (
        "analysis.commands.plan:plan",
        "Plan a study: people, hours and cost for a reliability, or the other way.",
    ),
    "report": ("analysis.commands.report:report", "Compare people and models; write the report."),
    "demo": ("experiment.commands.demo:demo", "The whole way once, with simulated participants."),
}

# name: the module that has it, and its name there if it is another
INTERFACE = {
    # data in
    "Dataset": "analysis.dataset",
    "read_dataset": "analysis.dataset",
    "check_dataset": "analysis.dataset",
    "write_dataset": "analysis.dataset",
    "import_table": "analysis.importers.front",
    "read_predictions": "analysis.importers.predictions",
    # scores
    "scores": "analysis.scores.scoring:image_scores",
    "image_scores": "analysis.scores.scoring",
    "participant_scores": "analysis.scores.scoring",
    "category_scores": "analysis.scores.categories",
    "shrink": "analysis.scores.shrinkage",
    "lag_correction": "analysis.scores.lag_correction",
    "memento_decay": "analysis.scores.memento_decay",
    "decay_curve": "analysis.scores.lags",
    # exclusions
    "Rule": "analysis.exclusions.rules",
    "read_rules": "analysis.exclusions.rules",
    "find_exclusions": "analysis.exclusions.finding",
    "with_exclusions": "analysis.exclusions.finding",
    "sensitivity": "analysis.exclusions.sensitivity",
    # people against people
    "split_half": "analysis.consistency.split_half",
    "split_halves": "analysis.consistency.split_half",
    "split_half_by": "analysis.consistency.by_group",
    "consistency_curve": "analysis.consistency.curve",
    "chance_line": "analysis.consistency.chance",
    "variance_components": "analysis.consistency.variance_components",
    # models against people
    "compare": "analysis.comparison.two_scales",
    "compare_models": "analysis.comparison.paired_models",
    "compare_groups": "analysis.comparison.groups",
    "compare_scores": "analysis.comparison.scores_alone",
    "dependent_correlations": "analysis.comparison.dependent_correlations",
    "match_scores": "analysis.comparison.scored_images",
    "calibrate": "analysis.comparison.calibration",
    "cutoff_errors": "analysis.comparison.cutoffs",
    "error_curves": "analysis.comparison.error_curves",
    "permutation_test_all": "analysis.comparison.permutation",
    "permutation_test_half": "analysis.comparison.permutation",
    "find_overlap": "analysis.training_images.overlap",
    "read_training_images": "analysis.training_images.overlap",
    "transfer_table": "analysis.comparison.transfer",
    # planning
    "Design": "analysis.planning",
    "plan_study": "analysis.planning",
    "read_pilot": "analysis.planning",
    "responses_needed": "analysis.planning",
    "study_prospects": "analysis.planning",
    # models, and what comes out
    "score_images": "analysis.models.scoring",
    "write_report": "analysis.report",
    "write_figure": "analysis.report",
}

# Each package's own error: bad input, told in one sentence instead of a traceback.
ERRORS = {
    "stimuli.errors": "StimuliError",
    "experiment.errors": "ExperimentError",
    "analysis.errors": "AnalysisError",
}


def __getattr__(name: str) -> Any:
    if name in INTERFACE:
        refuse_shadows()
        module, _, attribute = INTERFACE[name].partition(":")
        return getattr(importlib.import_module(module), attribute or name)
    raise AttributeError(f"module 'hitrate' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *INTERFACE])


def refuse_shadows() -> None:
    """Say so if another folder named like one of our packages comes first on the import path."""
    here = Path(__file__).resolve().parent
    for package in ("analysis", "experiment", "migrations", "stimuli"):
        found = importlib.util.find_spec(package)
        places = (
            [Path(p).resolve() for p in (found.submodule_search_locations or [])] if found else []
        )
        if here / package not in places:
            where = places[0] if places else (found.origin if found else None)
            raise SystemExit(
                f"hitrate: Python finds another '{package}' first ({where}) than hitrate's own "
                f"({here / package}); run hitrate from another folder or rename that one."
            )


def known_errors() -> tuple[type[Exception], ...]:
    """The error classes of those packages that are loaded."""
    return tuple(
        getattr(sys.modules[module], name)
        for module, name in ERRORS.items()
        if module in sys.modules
    )


def main() -> None:
    """Entry point of the ``hitrate`` command."""
    import click

    class Commands(click.Group):
        """Lists commands without importing them; imports one when it runs."""

        def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
            return list(COMMANDS)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
            if cmd_name not in COMMANDS:
                return None
            refuse_shadows()
            module, attribute = COMMANDS[cmd_name][0].split(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
            with formatter.section("Commands"):
                formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    @click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
    @click.version_option(__version__, prog_name="hitrate")
    def hitrate() -> None:
        """Memory games for images, and an honest comparison of people and models."""

    try:
        hitrate(prog_name="hitrate")
    except Exception as error:
        if isinstance(error, known_errors()):
            click.echo(f"Error: {error}", err=True)
            raise SystemExit(1) from None
        raise


if __name__ == "__main__":
    main()
