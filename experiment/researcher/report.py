"""The report's file, and which of its scripts the browser may run."""

import base64
import hashlib
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path


class InlineScripts(HTMLParser):
    """Gathers the text of every script that is written into a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag == "script" and "src" not in dict(attrs)
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[-1] += data


def script_hashes(page: str) -> list[str]:
    """What a content security policy calls the inline scripts of a page: 'sha256-…'."""
    parser = InlineScripts()
    parser.feed(page.replace("\r\n", "\n").replace("\r", "\n"))  # as browsers read it
    parser.close()
    hashes = [hashlib.sha256(script.encode()).digest() for script in parser.scripts]
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes]


def report_policy(path: Path) -> str:
    """The `script-src` of a report."""
    stat = path.stat()
    return _policy(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _policy(path: Path, changed_ns: int, size: int) -> str:  # noqa: ARG001 (they are the cache's key)
    return " ".join(script_hashes(path.read_text(encoding="utf-8"))) or "'none'"
