"""Which Chromium the browser tests take."""

from pathlib import Path

from tests.browser.chromium import find_chromium


def put(folder: Path, name: str) -> str:
    program = folder / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return str(program)


def test_the_chromium_that_is_named_comes_before_the_machines_own(tmp_path: Path) -> None:
    put(tmp_path, "chromium")
    named = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    assert find_chromium({"CHROMIUM": named, "PATH": str(tmp_path)}) == named


def test_without_a_name_the_machines_own_is_found_and_then_playwrights(tmp_path: Path) -> None:
    nothing = {"CHROMIUM": "", "PATH": str(tmp_path)}
    assert find_chromium(nothing) is None
    chrome = put(tmp_path, "google-chrome")
    assert find_chromium(nothing) == chrome
    chromium = put(tmp_path, "chromium")
    assert find_chromium(nothing) == chromium
