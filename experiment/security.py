"""Headers, cookies, form tokens and signed links."""

from typing import Literal

from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import validate_csrf
from itsdangerous import BadSignature, URLSafeSerializer
from wtforms import ValidationError

from experiment.errors import ExperimentError

# Flask-WTF's, for the hidden field `form_token` of every form.
FORMS = {
    "WTF_CSRF_FIELD_NAME": "form_token",
    "WTF_CSRF_TIME_LIMIT": None,  # as long as the cookie
}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob: data:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class FormError(ExperimentError):
    """A form came back without its token: the cookie is gone, or it is not our form."""

    status = 400
    code = "form_expired"


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookie, `Secure` where the request came by https.

    A page in another site's frame has one of its own: the browser keeps it apart from the others,
    and sends it only within frames of that site.
    """

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 (Flask's signature)
        return request.is_secure or is_framed()

    def get_cookie_samesite(self, app: Flask) -> str | None:
        return "None" if is_framed() else super().get_cookie_samesite(app)

    def get_cookie_partitioned(self, app: Flask) -> bool:  # noqa: ARG002 (Flask's signature)
        return is_framed()


def content_policy(**changes: str) -> None:
    """Answer this request under another content security policy (`script_src="…"`)."""
    changed = {name.replace("_", "-"): value for name, value in changes.items()}
    g.policy = g.get("policy", POLICY) | changed


def allow_frames(hosts: str) -> None:
    """Let pages of these sites show this one in a frame."""
    content_policy(frame_ancestors=hosts)
    g.may_be_framed = True


def is_framed() -> bool:
    """Whether this page may be framed and is, as far as the browser tells."""
    alone = request.headers.get("Sec-Fetch-Dest") == "document"
    return bool(g.get("may_be_framed")) and not alone


def add_headers(response: Response) -> Response:
    """Put the security headers on every answer."""
    policy: dict[str, str] = g.get("policy", POLICY)
    response.headers["Content-Security-Policy"] = "; ".join(
        f"{name} {value}" for name, value in policy.items()
    )
    for name, value in HEADERS.items():
        if name != "X-Frame-Options" or not g.get("may_be_framed"):
            response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def check_form() -> None:
    """Refuse a posted form (or a script's request) that is not from a page of ours in this browser.

    Raises
    ------
    FormError
        If the token is absent or another browser's.
    """
    # The header first: a script's request may be too large to be read as a form here.
    given = request.headers.get("X-CSRFToken") or request.form.get("form_token")
    try:
        validate_csrf(given)
    except ValidationError:
        raise FormError(
            "the form has expired or the browser keeps no cookies; open the page again and retry"
        ) from None


def sign_mode(secret_key: str, slug: str, mode: Literal["preview", "simulated"]) -> str:
    """The value of `?mode=` that lets a welcome page begin a preview or a simulated participant."""
    return str(URLSafeSerializer(secret_key, salt="mode").dumps({"slug": slug, "mode": mode}))


def read_mode(secret_key: str, slug: str, signed: str) -> Literal["preview", "simulated"] | None:
    """The mode that was signed for this study; None if it is not signed by us, or another's."""
    try:
        value = URLSafeSerializer(secret_key, salt="mode").loads(signed)
    except BadSignature:
        return None
    if not isinstance(value, dict) or value.get("slug") != slug:
        return None
    mode = value.get("mode")
    return mode if mode in ("preview", "simulated") else None
