"""The server of the benchmark: hitrate's own, or hitrate's own that parses and answers but never
touches a database (``--without-database``), which is what saving is measured against."""

import argparse
from collections.abc import Sequence
from typing import Any

from experiment.attention import Verdict
from experiment.recorder import Recorder
from experiment.recording import Receipt
from experiment.serve import run_server
from experiment.settings import load_settings


def main() -> None:
    """Serve the instance of the environment, as `hitrate serve` does by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--without-database", action="store_true")
    arguments = parser.parse_args()
    if arguments.without_database:
        leave_out_the_database()
    run_server(load_settings(), host="127.0.0.1", port=arguments.port, workers=2, threads=8)


def leave_out_the_database() -> None:
    """Replace the write by nothing; gunicorn's workers inherit this."""
    Recorder.record = acknowledge  # type: ignore[method-assign]


def acknowledge(
    self: Recorder,  # noqa: ARG001 (the method it replaces)
    token: str,  # noqa: ARG001
    responses: Sequence[dict[str, Any]],
    events: Sequence[dict[str, Any]],  # noqa: ARG001
    tab: str | None = None,  # noqa: ARG001
) -> Receipt:
    """The answer to responses that are all new."""
    stored = sorted(int(response["position"]) for response in responses)
    return Receipt(stored=stored, known=[], conflicting=[], missing=[], verdict=Verdict())


if __name__ == "__main__":
    main()
