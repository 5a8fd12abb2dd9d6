"""Researchers who have signed in, in a browser of the tests."""

import secrets
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext

from experiment.app import create_app
from experiment.models import Membership, Researcher
from experiment.runs import find_study
from tests.browser.lab import Lab


def sign_in(context: BrowserContext, lab: Lab, role: str) -> Researcher:
    """Let this browser be that of a researcher who has a role in the lab's study."""
    now = datetime.now(UTC)
    with lab.database.write() as session:
        researcher = Researcher(
            email=f"{secrets.token_hex(6)}@lab.example",
            name=role.title(),
            session_key=secrets.token_urlsafe(32),
            is_admin=False,
            created_at=now,
        )
        session.add(researcher)
        session.flush()
        study = find_study(session, lab.slug)
        session.add(
            Membership(study_id=study.id, researcher_id=researcher.id, role=role, created_at=now)
        )
    app = create_app(lab.settings)
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined] # ours has it
    kept = {"_user_id": researcher.session_key, "_fresh": True, "seen_at": int(time.time())}
    context.add_cookies(
        [
            {
                "name": "hitrate",
                "value": signer.dumps(kept),
                "domain": urlsplit(lab.server.url).hostname or "",
                "path": "/",
            }
        ]
    )
    app.extensions["hitrate"].database.close()
    return researcher
