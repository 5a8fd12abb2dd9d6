"""Researchers' texts: Markdown in, HTML out; HTML in the text is shown as it is written."""

from functools import lru_cache

from markupsafe import Markup


@lru_cache(maxsize=256)
def render_markdown(text: str) -> Markup:
    """HTML of a text in CommonMark, without raw HTML and without script addresses."""
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark", {"html": False}).render(text)
    return Markup(html)  # noqa: S704 (the renderer escapes what people wrote)
