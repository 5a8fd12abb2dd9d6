"""The house itself: who may import whom, what the command loads, what a built package contains."""

import ast
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import hitrate

ROOT = Path(__file__).resolve().parents[1]

FORBIDDEN = {
    "stimuli": {"flask", "sqlalchemy", "torch", "experiment", "analysis", "migrations"},
    "analysis": {"flask", "sqlalchemy", "experiment", "migrations"},
    "migrations": {"experiment", "analysis", "stimuli", "flask"},
}
# Imported by a module itself, not inside a function.
FORBIDDEN_AT_IMPORT = {
    "experiment": {"torch", "analysis", "migrations"},
    "analysis": {"torch", "torchvision", "resmem"},
}


def imported(path: Path, *, at_import: bool = False) -> set[str]:
    """Top-level names that a file imports; with ``at_import`` only those outside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(tree.body) if at_import else list(ast.walk(tree))
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("package", FORBIDDEN)
def test_a_package_never_imports_what_it_may_not(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    broken = {str(f): imported(f) & FORBIDDEN[package] for f in files}
    assert not {f: names for f, names in broken.items() if names}


@pytest.mark.parametrize("package", FORBIDDEN_AT_IMPORT)
def test_heavy_packages_are_imported_only_when_they_are_used(package: str) -> None:
    allowed_inside = (ROOT / "analysis" / "models", ROOT / "analysis" / "explain")
    files = [
        f
        for f in (ROOT / package).rglob("*.py")
        if not any(f.is_relative_to(folder) for folder in allowed_inside)
    ]
    broken = {str(f): imported(f, at_import=True) & FORBIDDEN_AT_IMPORT[package] for f in files}
    assert not {f: names for f, names in broken.items() if names}


def test_help_imports_nothing_heavy_and_names_every_command() -> None:
    program = (
        "import sys, hitrate\n"
        "sys.argv = ['hitrate', '--help']\n"
        "try:\n    hitrate.main()\nexcept SystemExit:\n    pass\n"
        "print('loaded', *sorted(n for n in sys.modules if '.' not in n))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    shown, _, loaded = done.stdout.partition("loaded")
    for command in hitrate.COMMANDS:
        assert f"  {command} " in shown
    heavy = {
        "flask",
        "sqlalchemy",
        "numpy",
        "pandas",
        "torch",
        "PIL",
        "scipy",
        "altair",
        "pydantic",
    }
    assert not heavy & set(loaded.split())


@pytest.mark.parametrize("command", hitrate.COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hitrate", command, "--help"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Usage: hitrate {command}")


@pytest.mark.parametrize("name", hitrate.INTERFACE)
def test_the_python_interface_gives_what_it_names(name: str) -> None:
    assert callable(getattr(hitrate, name))
    assert name in dir(hitrate)


def test_another_folder_of_our_name_is_named_instead_of_failing_oddly(tmp_path: Path) -> None:
    (tmp_path / "analysis").mkdir()
    (tmp_path / "analysis" / "__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-c", "import hitrate; hitrate.read_dataset"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert str(tmp_path / "analysis") in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wheel_from_the_sdist_works_and_has_the_game_and_the_pictures(tmp_path: Path) -> None:
    """``python -m build`` makes the sdist, and the wheel from the sdist alone."""
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(tmp_path), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=600,
    )
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        source = archive.getnames()
    assert not [n for n in source if "/vendor/" in n or "/node_modules/" in n or "demo_images" in n]
    assert not [n for n in source if n.endswith(".mo")]
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert "experiment/static/vendor/jspsych/index.browser.min.js" in names
    assert "experiment/static/vendor/NOTICE.txt" in names
    assert "experiment/static/game/main.js" in names
    assert "experiment/codebook.md" in names
    assert "experiment/translations/de/LC_MESSAGES/messages.mo" in names
    assert "stimuli/demo_images/NOTICE.txt" in names
    assert len([n for n in names if n.startswith("stimuli/demo_images/")]) > 200
    assert len([n for n in names if n.startswith("migrations/versions/") and n.endswith(".py")]) > 0
    assert len([n for n in names if n.startswith("experiment/templates/")]) > 5
    assert not [n for n in names if n.startswith(("tests/", "experiment/client/"))]

    # Installed apart from this checkout, it has what the game, the demo and the database need.
    place = tmp_path / "installed"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(place), str(wheel)],
        check=True,
        capture_output=True,
    )
    environment = os.environ | {"PYTHONPATH": str(place), "HITRATE_INSTANCE": str(tmp_path / "in")}
    program = (
        "import hitrate, stimuli.demo, stimuli.image_set; from pathlib import Path\n"
        "print(hitrate.__file__)\n"
        "print(stimuli.demo.import_demo_set(Path('sets')).added)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(place / "hitrate.py"), "396"]
    done = subprocess.run(
        [sys.executable, "-m", "hitrate", "db", "upgrade"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
