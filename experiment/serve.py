"""gunicorn, run in this process with threads."""

import logging
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger as GunicornLogger

from experiment.accounts.links import address_of, first_link
from experiment.accounts.researchers import nobody_yet
from experiment.app import create_app
from experiment.database import Database, make_engine, require_current
from experiment.logs import JsonLines, log_to_stderr
from experiment.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

MOST_UNREAD = 64 * 1024 * 1024  # bytes; whoever sends more may be cut off
PIECE = 64 * 1024


class Logger(GunicornLogger):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's log without its access log, which would hold addresses and tokens."""

    def access(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the app logs its requests itself."""

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Without the address of who sent a request that cannot be read."""
        super().warning(re.sub(r"\bip=\S+", "somewhere", str(msg)), *args, **kwargs)


def read_whole(app: "WSGIApplication") -> "WSGIApplication":
    """Read what an app has left of a request before its answer is sent.

    gunicorn closes the connection after the answer. With something unread in it, that is a reset,
    which may overtake the answer: a proxy then says that the server is away, and not what is wrong.
    """

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        told = app(environ, start_response)
        left = MOST_UNREAD
        while left > 0 and (piece := environ["wsgi.input"].read(min(PIECE, left))):
            left -= len(piece)
        return told

    return answer


class Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """gunicorn with an app of ours: each worker makes its own, so that no connection is shared."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self.settings = settings
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            if name in self.cfg.settings:  # not every gunicorn has every one
                self.cfg.set(name, value)

    def load(self) -> Flask:
        log_to_stderr()
        app = create_app(self.settings)
        app.wsgi_app = read_whole(app.wsgi_app)  # type: ignore[assignment,method-assign] # Flask's own way
        return app


def run_server(
    settings: Settings,
    *,
    host: str,
    port: int,
    workers: int,
    threads: int,
    announce: Callable[[str], object] = logger.info,
) -> None:
    """Serve an instance until the process is stopped; tells `announce` where, once it listens, and
    as long as nobody has an account, the link that makes the first one.

    Raises
    ------
    DatabaseError
        If the database cannot be reached or its schema is not this version's.
    """
    engine = make_engine(settings.database_url)
    try:
        require_current(engine)
    finally:
        engine.dispose()
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    formatter = f"{JsonLines.__module__}.{JsonLines.__name__}"
    Server(
        settings,
        {
            "bind": address,
            "when_ready": lambda _: announce(
                f"hitrate serves {settings.instance} at http://{address}{invitation(settings)}"
            ),
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "timeout": 60,
            "graceful_timeout": 20,
            "keepalive": 15,
            "preload_app": False,
            "control_socket_disable": True,
            "logger_class": Logger,
            "proc_name": "hitrate",
            "logconfig_dict": {
                "version": 1,
                "disable_existing_loggers": False,
                "formatters": {"json": {"()": formatter}},
                "handlers": {
                    "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
                },
                "root": {"handlers": ["stderr"], "level": "INFO"},
                "loggers": {
                    name: {"handlers": [], "level": "INFO", "propagate": True}
                    for name in ("gunicorn.error", "gunicorn.access")
                },
            },
        },
    ).run()


def invitation(settings: Settings) -> str:
    """What is said besides where nobody has an account yet; earlier such links are void."""
    database = Database(settings.database_url)
    token = None
    try:
        with database.read() as session:
            is_new = nobody_yet(session)
        if is_new:
            with database.write() as session:
                token = first_link(session)
    finally:
        database.close()
    if token is None:
        return ""
    return (
        "\nNobody has an account yet. Make the first one at this address, which opens once, within "
        f"24 hours:\n{address_of(settings, token)}"
    )
