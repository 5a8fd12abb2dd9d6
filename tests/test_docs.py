"""The pages in docs/: their commands, links, files and example numbers are true."""

import importlib
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import hitrate

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
BLOCK = re.compile(r"^```(?:sh|console|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(#[\w-]+)?\)")


def commands(page: str) -> list[str]:
    """Every hitrate command in the blocks of a page, and those between backticks in its text that
    have arguments."""
    lines = [
        line.removeprefix("$ ").removeprefix("    ")
        for block in BLOCK.findall(page)
        for line in block.replace("\\\n", " ").splitlines()
    ]
    lines += re.findall(r"`(hitrate(?:-admin)? [a-z][^`]*)`", BLOCK.sub("", page))
    found = []
    for line in lines:
        for part in re.split(r"&&|\||;|\$\(", line):
            words = part.replace("sudo ", "").strip()
            if words.startswith(("hitrate ", "hitrate-admin ")):
                command = words.split("  #")[0].rstrip(")& ")
                # What closes a string around $(…) is not the command's.
                found.append(command.rstrip(')" ') if command.count('"') % 2 else command)
    return found


def refused(command: str) -> str:
    """Why a command would be refused: what it names does not exist; '' if it does."""
    words = [word for word in shlex.split(command)[1:] if word != "…"]
    name, *rest = words
    if name not in hitrate.COMMANDS:
        return f"there is no command {name}"
    module, attribute = hitrate.COMMANDS[name][0].split(":")
    group: click.Command = getattr(importlib.import_module(module), attribute)
    # Options are read before --help answers: one that does not exist is refused.
    done = CliRunner().invoke(group, [*rest, "--help"])
    return "" if done.exit_code == 0 else done.output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_a_page_exists(page: Path) -> None:
    found = {command: refused(command) for command in commands(page.read_text(encoding="utf-8"))}
    assert {command: why for command, why in found.items() if why} == {}


def test_a_command_that_does_not_exist_is_found() -> None:
    page = "```sh\nhitrate studdy list\n```\nand `hitrate study list --loud`, ```\n"
    assert [bool(refused(command)) for command in commands(page)] == [True, True]
    assert commands("```sh\nsudo hitrate-admin db check   # all\n```") == ["hitrate-admin db check"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_on_a_page_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [target for target, _ in LINK.findall(text) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_index_names_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    named = {target for target, _ in LINK.findall(index)}
    files = {path.name for path in DOCS.iterdir() if path.suffix in (".md", ".ipynb")}
    assert files - named == {"README.md"}


def test_the_deployment_names_every_file_that_it_has() -> None:
    page = (DOCS / "deployment.md").read_text(encoding="utf-8")
    assert [path.name for path in (DOCS / "deployment").iterdir() if path.name not in page] == []


def test_the_example_of_prolific_gives_the_numbers_that_the_page_promises() -> None:
    from experiment.design.presets import PRESETS

    page = (DOCS / "prolific.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    table = tomllib.loads(block)
    goal, n_targets = table["goal"], PRESETS["lamem2015"].n_targets
    needed = -(-goal["responses_per_image"] * 120 // n_targets)  # 120 photographs, as it says
    cost = goal["participants"] * goal["pay"] * (1 + goal["fee_percent"] / 100)
    assert f"# {needed} are needed" in block
    assert f"{needed} participants give {goal['responses_per_image']} responses" in page
    assert f"= {cost:.2f} {goal['currency']}" in page
    for outcome, code in table["recruitment"]["codes"].items():
        assert f"| `{outcome}` | {code} |" in page
