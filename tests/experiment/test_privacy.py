"""Nothing tells where people are: no address is stored or logged, no page names another machine."""

import re
from pathlib import Path

import httpx
import pytest
from sqlalchemy import MetaData, select

from experiment.database import Database
from experiment.settings import Settings
from tests.experiment.pictures import open_picture_study
from tests.experiment.serving import serving
from tests.experiment.visitor import DEVICE, SMALL, response

EXPERIMENT = Path(__file__).resolve().parents[2] / "experiment"
ADDRESS = re.compile(r"(?:https?:)?//[\w-]+(?:\.[\w-]+)+|@import|url\(\s*['\"]?\w+:", re.IGNORECASE)
# Names that nobody fetches.
NAMESPACES = re.compile(r"http://www\.w3\.org/\S+|https://vega\.github\.io/schema/\S+")
THEIR_ADDRESS = "203.0.113.77"  # of the block for documentation (RFC 5737)


def outside_addresses(text: str) -> list[str]:
    """Addresses of other machines in a page's source."""
    return ADDRESS.findall(NAMESPACES.sub("", text))


def test_no_page_style_or_script_names_another_machine() -> None:
    files = [
        path
        for folder in ("templates", "static")
        for path in (EXPERIMENT / folder).rglob("*")
        if path.suffix in {".html", ".css", ".js", ".svg"} and "vendor" not in path.parts
    ]
    assert len(files) > 40
    found = {path.name: outside_addresses(path.read_text(encoding="utf-8")) for path in files}
    assert {name: addresses for name, addresses in found.items() if addresses} == {}


@pytest.mark.parametrize(
    "planted",
    [
        '<script src="https://cdn.example.org/x.js"></script>',
        '<img src="//example.org/x.gif">',
        "@font-face { src: url(data:font/woff2;base64,xx) }",
        '@import "fonts.css";',
        'fetch("http://example.org/")',
        'fetch("https://vega.github.io/other")',
    ],
)
def test_an_address_that_is_planted_is_found(planted: str) -> None:
    assert outside_addresses(planted)
    assert not outside_addresses('<svg xmlns="http://www.w3.org/2000/svg"></svg> // a comment')


def test_nobodys_address_is_stored_or_logged(
    settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_picture_study(settings, database, 24, SMALL)
    monkeypatch.setenv("HITRATE_TRUSTED_PROXIES", "1")  # the server knows the address it is told
    log = tmp_path / "server.log"
    headers = {"X-Forwarded-For": THEIR_ADDRESS, "User-Agent": "A rare browser 77.1"}
    with (
        serving(settings, log) as server,
        httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client,
    ):
        submit(client, "/s/pictures")
        submit(client, "/s/pictures/consent", agree="yes", answer="yes")
        page = client.get("/s/pictures/play").text
        run = re.search(r'"run_url": ?"([^"]+)"', page)
        assert run
        assert client.post(f"{run[1]}/start", json={"device": DEVICE}).status_code == 200
        body = {"responses": [response(0)], "events": []}
        assert client.post(f"{run[1]}/responses", json=body).status_code == 201
        assert client.get("/nothing").status_code == 404
    written = log.read_text(encoding="utf-8")
    stored = everything_in(database)
    assert "/responses" in written
    assert "viewport_width_px" in stored
    for trace in (THEIR_ADDRESS, headers["User-Agent"]):
        assert trace not in written
        assert trace not in stored
    assert "ip=" not in written


def submit(client: httpx.Client, path: str, **fields: str) -> None:
    """Send the form of a page."""
    page = client.get(path).text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert client.post(path, data=hidden | fields).status_code == 303


def everything_in(database: Database) -> str:
    """Every row of every table."""
    tables = MetaData()
    with database.read() as session:
        tables.reflect(session.connection())
        rows = [
            tuple(row) for table in tables.sorted_tables for row in session.execute(select(table))
        ]
    return str(rows)
