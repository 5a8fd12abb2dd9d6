"""Reads a report's page as a browser would: elements, scripts, text, downloads."""

import base64
import html.parser
import re
from urllib.parse import unquote_to_bytes


class Page(html.parser.HTMLParser):
    """The elements of a page with their attributes, and the text of scripts by id or number."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self.text: list[str] = []
        self.inside: str | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.inside = dict(attrs).get("id") or f"{tag} {len(self.scripts)}"
            self.scripts[self.inside] = ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 (the parser's signature)
        self.inside = None

    def handle_data(self, data: str) -> None:
        if self.inside is None:
            self.text.append(data)
        else:
            self.scripts[self.inside] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def downloads(self) -> dict[str, bytes]:
        """File name → the bytes in its link."""
        found = {}
        for link in self.all("a"):
            name, address = link.get("download"), link["href"] or ""
            if name:
                kind, _, data = address.partition(",")
                assert kind.startswith("data:")
                whole = base64.b64decode(data) if "base64" in kind else unquote_to_bytes(data)
                found[name] = whole
        return found


def text_of(page: Page) -> str:
    return re.sub(r"\s+", " ", " ".join(page.text))
