"""Structured logs: a JSON object a line on stderr, without addresses, tokens or names of people."""

import json
import logging
import sys
import time
import traceback
from datetime import UTC, datetime

from flask import Flask, Response, g, request

logger = logging.getLogger("experiment.requests")

FIELDS = ("method", "route", "status", "ms")


class JsonLines(logging.Formatter):
    """time, level, logger, message, and what a request adds; of an error its type and where it was,
    not its text, which may hold what people sent."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({name: getattr(record, name) for name in FIELDS if hasattr(record, name)})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["traceback"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr() -> None:
    """Send everything that Python logs to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


def log_requests(app: Flask) -> None:
    """One line for each answer: method, the route's template (never the path, which may hold a
    token), status and milliseconds."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        began = g.pop("began", None)
        logger.info(
            "request",
            extra={
                "method": request.method,
                "route": request.url_rule.rule if request.url_rule else None,
                "status": response.status_code,
                "ms": None if began is None else round(1000 * (time.perf_counter() - began), 1),
            },
        )
        return response
