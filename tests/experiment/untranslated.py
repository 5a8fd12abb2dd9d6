"""Finds words that people would see and that no catalogue has: in templates, scripts, views."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment, nodes

GETTEXT = {"_", "gettext", "ngettext", "pgettext", "lazy_gettext"}
NAMES = {"hitrate", "SHA"}  # the same in every language
LETTERS = re.compile(r"[^\W\d_]{2,}")
SENTENCE = re.compile(r"[^\W\d_]{2,}[,.;:!?…]*\s+[^\W\d_]{1,}")
SPOKEN = {"alt", "title", "aria-label", "aria-description", "placeholder", "label", "data-text"}
BUTTONS = {"submit", "button", "reset"}
NO_WORDS = {"script", "style", "code", "pre"}
CLASSES = re.compile(r"{% block body_class %}.*?{% endblock %}")
INSERTED = "\x00"  # stands for what a template puts in


class Words(HTMLParser):
    """Collects a page's own words: text, and attributes that are read or heard."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in NO_WORDS
        values = {name: value or "" for name, value in attrs}
        is_button = tag == "input" and values.get("type") in BUTTONS
        spoken = SPOKEN | ({"value"} if is_button else set())
        for name in spoken & values.keys():
            self.keep(values[name])

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in NO_WORDS

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.keep(data)

    def keep(self, text: str) -> None:
        if set(LETTERS.findall(text.replace(INSERTED, " "))) - NAMES:
            self.found.append(" ".join(text.replace(INSERTED, "…").split()))


def words_of_html(html: str) -> list[str]:
    """A page's own words, in order."""
    parser = Words()
    parser.feed(html)
    parser.close()
    return parser.found


def in_template(source: str) -> list[str]:
    """Words of a template outside `_()`: in its HTML, and in what its expressions put in."""
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    source = CLASSES.sub("", source)
    html = []
    for _line, kind, value in environment.lex(source):
        if kind == "data":
            html.append(value)
        elif kind == "variable_begin":
            html.append(INSERTED)
    tree = environment.parse(source)
    shown = [
        text
        for output in tree.find_all(nodes.Output)
        for node in output.nodes
        if not isinstance(node, nodes.TemplateData)
        for text in shown_constants(node)
    ]
    return words_of_html("".join(html)) + [text for text in shown if SENTENCE.search(text)]


def shown_constants(node: nodes.Node) -> Iterator[str]:
    """The texts that an expression may put into the page as they are."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        yield from shown_constants(node.expr1)
        if node.expr2 is not None:
            yield from shown_constants(node.expr2)
    elif isinstance(node, (nodes.And, nodes.Or, nodes.Concat, nodes.Add, nodes.Filter)):
        for child in node.iter_child_nodes():
            yield from shown_constants(child)


# A comment, a string or a template in JavaScript; regular expressions with quotes are rare there.
SCRIPT = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)|"(?P<double>(?:[^"\\\n]|\\.)*)"|'(?P<single>(?:[^'\\\n]|\\.)*)'"""
    r"""|`(?P<template>(?:[^`\\]|\\.)*)`""",
    re.DOTALL,
)
SINK = re.compile(
    r"""(?:\.(?:textContent|innerText|innerHTML|title|alt|placeholder|ariaLabel)\s*=\s*"""
    r"""|\b(?:alert|confirm|prompt)\(\s*|setAttribute\(\s*["'](?:aria-label|title|alt)["']\s*,\s*)$"""
)
# Before a literal that is for developers, the style sheet, or the researcher's record of events.
FOR_NOBODY = re.compile(
    r"(?:\bError\(|\bconsole\.\w+\(|\bclassName\s*=|\breason:|#refuse\([^;\n]*"
    r"|\b(?:matchMedia|closest|querySelector(?:All)?)\()\s*$"
)


def in_script(source: str) -> list[str]:
    """Words in a script's literals: anything that reads as a sentence, or goes into the page."""
    found = []
    for literal in SCRIPT.finditer(source):
        text = literal["double"] or literal["single"] or literal["template"]
        before = source[: literal.start()]
        if not text or FOR_NOBODY.search(before):
            continue
        words = " ".join(words_of_html(re.sub(r"\$\{[^}]*\}", INSERTED, text)))
        if words and (SENTENCE.search(words) or SINK.search(before)):
            found.append(words)
    return found


def in_view(source: str) -> list[str]:
    """Sentences in a Python module that are neither translated, nor docstrings, nor for the log,
    for the API's description or for an error that programs read."""
    tree = ast.parse(source)
    found: list[str] = []
    visit(tree, found)
    return found


def visit(node: ast.AST, found: list[str]) -> None:
    """Collect the sentences below a node of the module."""
    if isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and is_no_page(node)):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if SENTENCE.search(node.value):
            found.append(node.value)
        return
    for child in ast.iter_child_nodes(node):
        visit(child, found)


def is_no_page(call: ast.Call) -> bool:
    """Whether what is given here is translated, or never shown to participants."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else None
    name = call.func.id if isinstance(call.func, ast.Name) else name
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    is_log = isinstance(owner, ast.Name) and owner.id == "logger"
    is_error = name is not None and name.endswith("Error")
    return name in GETTEXT or name in {"described", "Field"} or is_log or is_error
