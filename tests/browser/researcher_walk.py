"""The way of an administrator through accounts, members and records, and the gallery of images.

Pages of studies, image sets, people, models and exports are looked at where they are tested.
"""

from collections.abc import Iterator

from sqlalchemy import update

from experiment.access import COMMAND
from experiment.accounts.links import link_for
from experiment.accounts.researchers import add_researcher
from experiment.models import Researcher
from tests.browser.people import Person
from tests.browser.signed_in import sign_in

WALKED = {
    "accounts.sign_in": "/sign-in",
    "accounts.account": "/account",
    "accounts.researchers": "/researchers",
    "accounts.one_researcher": "/researchers/{researcher}",
    "accounts.whole_record": "/record",
    "accounts.members": "/studies/{slug}/members",
    "accounts.study_record": "/studies/{slug}/record",
    "accounts.offer_account": "/open-account/{token}",
    "results.images": "/results/{slug}/images",
}
# By the file of tests that looks at them.
ELSEWHERE = {
    "test_study_pages.py": {
        *("studies.index", "studies.new", "studies.overview", "studies.edit", "studies.pages"),
    },
    "test_upload_page.py": {
        *("image_sets.index", "image_sets.new", "image_sets.upload", "image_sets.image_set"),
    },
    "test_people_pages.py": {
        *("people.index", "people.one", "people.held", "people.payments", "people.withdraw"),
    },
    "test_models_page.py": {"models.index"},
    "test_export_page.py": {"exports.index"},
}
# What is no page: it leads on, or is a file.
FILES = {
    "accounts.home",
    "accounts.study_record_table",
    "accounts.whole_record_table",
    "exports.download",
    "image_sets.refused_table",
    "image_sets.thumbnail",
    "studies.file",
}


def researchers(person: Person) -> Iterator[str]:
    """Somebody who signs in, and may do everything."""
    lab, page = person.lab, person.page
    page.goto(f"{lab.server.url}/sign-in")
    yield "sign-in"
    me = sign_in(person.context, lab, "owner")
    with lab.database.write() as session:
        session.execute(update(Researcher).where(Researcher.id == me.id).values(is_admin=True))
        new = add_researcher(session, COMMAND, f"new-{me.id}@lab.example")
        token, _ = link_for(session, COMMAND, new)
        parts = {"researcher": new.id, "slug": lab.slug, "token": token}
    for endpoint, path in WALKED.items():
        if endpoint != "accounts.sign_in":
            page.goto(lab.server.url + path.format(**parts))
            yield endpoint.replace(".", "-")
