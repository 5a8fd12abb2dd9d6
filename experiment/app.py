"""The web application: `create_app(settings)`, or `flask --app experiment.app run --debug`."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_locale
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

import hitrate
from experiment.current import Instance, instance
from experiment.database import Database, require_current
from experiment.errors import ExperimentError, NotSignedInError, TooManyRequestsError
from experiment.logs import log_requests
from experiment.openapi import described, openapi
from experiment.participant import schemas
from experiment.participant.form_checks import form_stamp
from experiment.recorder import Recorder
from experiment.routing import add_converters
from experiment.security import FORMS, Cookies, add_headers
from experiment.settings import Settings, load_settings

logger = logging.getLogger(__name__)

LARGEST_REQUEST = 1024 * 1024  # bytes; a full batch of 200 responses is about 100 kB


class Application(Flask):
    """Flask, but that no log line holds an address, which may hold a token."""

    def log_exception(self, exc_info: Any) -> None:
        """Log what not even the page for errors could tell."""
        log_failure(exc_info[1])


def create_app(settings: Settings | None = None, *, translations: Path | None = None) -> Flask:
    """The application of one instance; reads the environment only if no settings are given.

    `translations` is a folder of compiled gettext catalogues to use instead of hitrate's own.
    """
    from experiment.accounts.sessions import add_login
    from experiment.accounts.throttle import add_limits
    from experiment.blueprints import blueprints
    from experiment.people.daily import add_daily
    from experiment.researcher.shell import add_shell

    settings = settings or load_settings()
    app = Application(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        SESSION_COOKIE_NAME="hitrate",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        # A closed laptop or a crashed browser can go on with its run for so long.
        PERMANENT_SESSION_LIFETIME=timedelta(days=7),
        **FORMS,
        BABEL_TRANSLATION_DIRECTORIES=str(translations or Path(__file__).parent / "translations"),
    )
    app.json.sort_keys = False  # type: ignore[attr-defined] # the default provider has it
    app.session_interface = Cookies()
    database = Database(settings.database_url)
    app.extensions["hitrate"] = Instance(settings, database, Recorder(database))
    add_converters(app)
    Babel(app, locale_selector=choose_language)
    if settings.trusted_proxies:
        from werkzeug.middleware.proxy_fix import ProxyFix

        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign] # Flask's own way
    log_requests(app)
    app.after_request(add_headers)
    app.context_processor(page_values)
    add_daily(app)
    add_login(app)
    add_shell(app)
    for blueprint in (openapi, *blueprints()):
        app.register_blueprint(blueprint)
    add_limits(app)
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)
    app.register_error_handler(ExperimentError, answer_refusal)
    app.register_error_handler(HTTPException, answer_http)
    for outage in (OperationalError, PoolTimeoutError, OSError):
        app.register_error_handler(outage, answer_outage)
    app.register_error_handler(Exception, answer_failure)
    return app


def choose_language() -> str:
    """The language of the study on this page; English elsewhere."""
    return str(g.get("language", "en")).replace("-", "_")


def page_values() -> dict[str, Any]:
    """What every template may use."""
    locale = get_locale()
    return {
        "form_token": generate_csrf,
        "form_stamp": form_stamp,
        "language": str(locale).replace("_", "-") if locale else "en",
        "direction": locale.text_direction if locale else "ltr",
        "version": hitrate.__version__,
    }


@described("The process is alive.", {200: schemas.Health})
def healthz() -> ResponseReturnValue:
    """The process is alive."""
    return jsonify(status="alive")


@described(
    "The database can be reached and is migrated.", {200: schemas.Health, 503: schemas.Problem}
)
def readyz() -> ResponseReturnValue:
    """The database can be reached and is migrated; else 503."""
    try:
        require_current(instance().database.engine)
    except (ExperimentError, SQLAlchemyError, OSError) as error:
        log_failure(error)
        message = "the database cannot be reached or is not migrated: see 'hitrate db check'"
        return jsonify(error="not_ready", message=message), 503
    return jsonify(status="ready")


def wants_json() -> bool:
    """Whether this address speaks JSON."""
    return request.path.startswith("/api/")


def refuse(status: int, code: str, message: str) -> Response:
    """An error as JSON for programs, as a page for people."""
    if wants_json():
        answer = jsonify(error=code, message=message)
    else:
        # Researchers read what is wrong; participants what they can do, in their language.
        told = message if "actor" in g and status in (400, 403, 409, 410, 413, 422) else ""
        page = render_template("problem.html", status=status, code=code, message=told)
        answer = make_response(page)
    answer.status_code = status
    return answer


def answer_refusal(error: ExperimentError) -> Response:
    """Turn an error of ours into its status; what is wrong with the server is for the log only."""
    if error.status >= 500:
        return answer_outage(error)
    if isinstance(error, NotSignedInError) and not wants_json():
        here = request.full_path.rstrip("?") if request.method == "GET" else None
        return make_response(redirect(url_for("accounts.sign_in", next=here), 303))
    answer = refuse(error.status, error.code, str(error))
    if isinstance(error, TooManyRequestsError):
        answer.headers["Retry-After"] = str(error.seconds)
    return answer


def answer_http(error: HTTPException) -> Response:
    """Turn Flask's own errors (404, 405, 413 …) into the same form."""
    ready = make_response(error.get_response())
    if ready.status_code < 400:
        return ready
    code = error.name.lower().replace(" ", "_")
    answer = refuse(ready.status_code, code, error.description or error.name)
    if allowed := ready.headers.get("Allow"):
        answer.headers["Allow"] = allowed
    return answer


def answer_outage(error: Exception) -> Response:
    """The database or the disk does not answer; whoever asked may try again."""
    log_failure(error)
    answer = refuse(503, "database_unavailable", "the database does not answer; try again soon")
    answer.headers["Retry-After"] = "5"
    return answer


def answer_failure(error: Exception) -> Response:
    """Log what went wrong, and say nothing of it; while developing, Flask's debugger shows it."""
    if current_app.debug:
        raise error
    log_failure(error)
    return refuse(500, "failure", "something went wrong here; try again in a moment")


def log_failure(error: Exception) -> None:
    """What went wrong and where, without what people sent."""
    logger.error(
        "failure",
        exc_info=error,
        extra={
            "method": request.method,
            "route": request.url_rule.rule if request.url_rule else None,
        },
    )
