"""The game asks for texts by name: each of them is there, and none that nobody asks for."""

import re
from pathlib import Path

from flask import Flask
from flask_babel import Babel

from experiment.participant.game_texts import game_texts

GAME = Path(__file__).resolve().parents[2] / "experiment" / "static" / "game"
PLACEHOLDERS = {"key", "hits", "repeats", "false_alarms", "firsts", "level", "levels", "distance"}


def texts() -> dict[str, str]:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        return game_texts()


def asked_for() -> set[str]:
    """Names in the game's scripts, in the ways in which these ask for a text."""
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in GAME.glob("*.js"))
    names = set(re.findall(r"\btexts\.(\w+)", scripts))
    names |= set(re.findall(r'\b(?:say|working)\("(\w+)"', scripts))
    names |= set(re.findall(r'key: "(practice_\w+)"', scripts))
    for listed in re.findall(r"\[([^\[\]]*_(?:button|stop|again|done)\"[^\[\]]*)\]", scripts):
        names |= set(re.findall(r'"(\w+)"', listed))
    for name in re.findall(r'titled\("(\w+)"\)', scripts):
        names |= {f"{name}_title", f"{name}_text", f"{name}_text_touch"}
    for name in re.findall(r'plain\("(\w+)"\)', scripts):
        names |= {f"{name}_title", f"{name}_text"}
    return names - {"instructions", "test_instructions"}  # the study's own


def test_the_game_finds_every_text_that_it_asks_for_and_there_are_no_others() -> None:
    assert asked_for() == set(texts())


def test_only_known_placeholders_are_in_the_texts() -> None:
    found = {name for text in texts().values() for name in re.findall(r"{(\w*)}", text)}
    assert found == PLACEHOLDERS
