"""Pages as a simulated participant reads them: forms, and the JSON that a page embeds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from random import Random

UNSENT = ("button", "reset", "image", "file")


@dataclass(slots=True)
class Control:
    """One field of a form."""

    kind: str  # an input's type, "select" or "textarea"
    name: str
    value: str = ""
    options: list[str] = field(default_factory=list)  # values to choose from
    least: str = ""
    most: str = ""
    is_hidden: bool = False  # not reached by the keyboard: what only programs fill in


@dataclass(slots=True)
class Form:
    """A form with its fields, and the button that a person would press."""

    action: str
    method: str
    controls: list[Control] = field(default_factory=list)
    button: tuple[str, str] | None = None

    def filled(self, rng: Random) -> dict[str, str]:
        """What somebody sends: every box ticked, choices by chance, the first button pressed."""
        sent = {c.name: answer(c, rng) for c in self.controls}
        return sent | (dict([self.button]) if self.button else {})


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was opened."""

    url: str
    forms: tuple[Form, ...]
    data: Mapping[str, str]  # embedded JSON by element id


def answer(control: Control, rng: Random) -> str:
    """What a person puts into one field."""
    if control.is_hidden or control.kind == "hidden":
        return control.value
    if control.options:
        chosen = [option for option in control.options if option] or control.options
        return chosen[int(rng.random() * len(chosen))]
    match control.kind:
        case "number" | "range":
            least = float(control.least or 18)
            most = float(control.most or max(least, 80))
            return str(int(least + rng.random() * (most - least)))
        case "text" | "textarea" | "search":
            return control.value or "nothing to add"
    return control.value


class PageReader(HTMLParser):
    """Collects the forms of a page and the JSON that it embeds, by element id."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.data: dict[str, str] = {}
        self.form: Form | None = None
        self.json_id: str | None = None
        self.select: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = Form(attributes.get("action", ""), attributes.get("method", "get").lower())
            self.forms.append(self.form)
        elif tag == "script" and attributes.get("type") == "application/json":
            self.json_id = attributes.get("id", "")
            self.data[self.json_id] = ""
        elif self.form is not None:
            self.read_control(tag, attributes, self.form)

    def read_control(self, tag: str, attributes: Mapping[str, str], form: Form) -> None:
        name = attributes.get("name", "")
        if tag == "option" and self.select is not None:
            self.select.options.append(attributes.get("value", ""))
        elif tag in ("select", "textarea") and name:
            control = Control(tag, name)
            form.controls.append(control)
            self.select = control if tag == "select" else None
        elif tag in ("input", "button"):
            kind = attributes.get("type", "submit" if tag == "button" else "text")
            if kind == "submit":
                if form.button is None:
                    form.button = (name, attributes.get("value", ""))
            elif name and kind not in UNSENT:
                read_input(kind, name, attributes, form)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            if self.form is not None and self.form.button == ("", ""):
                self.form.button = None
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "script":
            self.json_id = None

    def handle_data(self, data: str) -> None:
        if self.json_id is not None:
            self.data[self.json_id] += data


def read_input(kind: str, name: str, attributes: Mapping[str, str], form: Form) -> None:
    """Add an input; radio buttons and boxes of one name are one field."""
    value = attributes.get("value", "on" if kind in ("checkbox", "radio") else "")
    if kind in ("checkbox", "radio"):
        for control in form.controls:
            if (control.kind, control.name) == (kind, name):
                control.options.append(value)
                return
    form.controls.append(
        Control(
            kind,
            name,
            value,
            options=[value] if kind in ("checkbox", "radio") else [],
            least=attributes.get("min", ""),
            most=attributes.get("max", ""),
            is_hidden=attributes.get("tabindex") == "-1",
        )
    )
