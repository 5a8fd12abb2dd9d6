"""The Chromium of the browser tests and of benchmarks/image_timing.py."""

import os
import shutil
from collections.abc import Mapping

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium(environ: Mapping[str, str] = os.environ) -> str | None:
    """What `CHROMIUM` names (setup.sh sets it), else the machine's own; None means Playwright's."""
    named = environ.get("CHROMIUM")
    if named:
        return named
    return next(
        filter(None, (shutil.which(name, path=environ.get("PATH")) for name in NAMES)), None
    )


def launch_chromium(playwright: Playwright) -> Browser:
    """Start it without a window; containers give it neither a sandbox nor much shared memory."""
    return playwright.chromium.launch(
        executable_path=find_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
    )
