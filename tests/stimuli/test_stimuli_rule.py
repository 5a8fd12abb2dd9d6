"""The folder's import rule, as its README states it."""

import subprocess
import sys
from pathlib import Path

import stimuli

MODULES = sorted(f"stimuli.{path.stem}" for path in Path(stimuli.__path__[0]).glob("[a-z]*.py"))
FORBIDDEN = {"flask", "sqlalchemy", "torch", "experiment", "analysis"}


def loaded_by(*modules: str) -> set[str]:
    code = f"import sys, {', '.join(modules)}; print(*{{m.split('.')[0] for m in sys.modules}})"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(answer.stdout.split())


def test_stimuli_needs_no_server_no_models_and_none_of_the_other_packages() -> None:
    assert "stimuli.importers" in MODULES
    loaded = loaded_by(*MODULES)
    assert {"PIL", "stimuli"} <= loaded
    assert not loaded & FORBIDDEN


def test_the_command_loads_nothing_heavy_until_it_runs() -> None:
    assert not loaded_by("stimuli.cli") & {"PIL", "tqdm", "pandas", "numpy", *FORBIDDEN}
