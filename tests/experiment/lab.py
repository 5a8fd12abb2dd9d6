"""A lab: a researcher of every role in the study `pictures`, each at a browser or with a token."""

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from experiment.access import Actor
from experiment.accounts.tokens import token_sha256
from experiment.database import Database
from experiment.models import ApiToken, Membership, Researcher
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.file import parse_study
from experiment.studies.lifecycle import create_study, open_study
from tests.experiment.visitor import SMALL

# Who there is, and their role in the study; ada is administrator and no member.
ROLE_OF = {
    "ada": None,
    "owner": "owner",
    "editor": "editor",
    "viewer": "viewer",
    "stranger": None,
}
EVERY_SCOPE = ("read", "write", "export", "people", "admin")


@dataclass
class Lab:
    """An app, its database, and the researchers who use it."""

    app: Flask
    database: Database
    slug: str = "pictures"
    researchers: dict[str, Researcher] = field(default_factory=dict)

    def browser(self, name: str | None = None) -> FlaskClient:
        """A browser of its own, in which this researcher has signed in; without a name nobody."""
        client = self.app.test_client()
        if name is not None:
            with client.session_transaction() as session:
                session["_user_id"] = self.researchers[name].session_key
                session["_fresh"] = True
                session["seen_at"] = int(time.time())
        return client

    def form_token(self, client: FlaskClient) -> str:
        """What the hidden field of a form would hold in this browser."""
        with client.session_transaction() as session:
            raw = session.setdefault("form_token", secrets.token_hex(20))
        signer = URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token")  # type: ignore[arg-type] # the settings have one
        return str(signer.dumps(raw))

    def submit(self, client: FlaskClient, path: str, **fields: Any) -> TestResponse:
        """Send a form of ours, with its hidden field."""
        return client.post(path, data={"form_token": self.form_token(client)} | fields)

    def script(self, client: FlaskClient, method: str, path: str, json: Any = None) -> TestResponse:
        """Send what a page's script would, with the form token in its header."""
        headers = {"X-CSRFToken": self.form_token(client)}
        return client.open(path, method=method, json=json, headers=headers)

    def bearer(self, name: str, *scopes: str, expires_at: datetime | None = None) -> dict[str, str]:
        """Headers with a new token of this researcher; every scope unless some are named."""
        token = secrets.token_urlsafe(32)
        with self.database.write() as session:
            session.add(
                ApiToken(
                    public_id=secrets.token_urlsafe(9),
                    researcher_id=self.researchers[name].id,
                    name="a program",
                    token_sha256=token_sha256(token),
                    scopes=list(scopes or EVERY_SCOPE),
                    created_at=datetime.now(UTC),
                    expires_at=expires_at,
                )
            )
        return {"Authorization": f"Bearer {token}"}

    def actor(self, name: str) -> Actor:
        """This researcher at a page, for verbs that are called without a request."""
        return Actor("page", self.researchers[name])


def add_researcher(session: Session, email: str, *, is_admin: bool = False) -> Researcher:
    """Somebody who has an account, and no password: they sign in by `Lab.browser` only."""
    researcher = Researcher(
        email=email,
        name=email.partition("@")[0].title(),
        session_key=secrets.token_urlsafe(32),
        is_admin=is_admin,
        created_at=datetime.now(UTC) - timedelta(days=1),
    )
    session.add(researcher)
    session.flush()
    return researcher


def make_lab(app: Flask, database: Database, slug: str = "pictures") -> Lab:
    """Everybody, with their roles in a study; nobody but ada may see what else there is."""
    lab = Lab(app, database, slug)
    with database.write() as session:
        study = find_study(session, lab.slug)
        for name, role in ROLE_OF.items():
            who = add_researcher(session, f"{name}@lab.example", is_admin=name == "ada")
            lab.researchers[name] = who
            if role is not None:
                session.add(
                    Membership(
                        study_id=study.id,
                        researcher_id=who.id,
                        role=role,
                        created_at=who.created_at,
                    )
                )
    return lab


def add_other_study(lab: Lab, settings: Settings, slug: str = "elsewhere") -> str:
    """Another study of the same pictures, open, of which the stranger is the owner: its slug."""
    lines = [f"title = 'Elsewhere'\nslug = '{slug}'\nimage_set = 'pictures'\n[paradigm]"]
    lines += ["preset = 'lamem2015'", *(f"{key} = {value!r}" for key, value in SMALL.items())]
    with lab.database.write() as session:
        study = create_study(session, settings, parse_study("\n".join(lines), f"{slug}.toml"))
        open_study(session, study)
        session.add(
            Membership(
                study_id=study.id,
                researcher_id=lab.researchers["stranger"].id,
                role="owner",
                created_at=datetime.now(UTC),
            )
        )
    return slug
