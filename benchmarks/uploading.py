"""Photographs through the web beside the command: the same files, the same machine, in turns.

    python -m benchmarks.uploading [--files 400] [--out benchmarks/results/uploading.txt]

A program announces and sends small photographs over HTTP to a real server, which imports them as a
job; beside it `hitrate stimuli import` imports the folder, also in a process of its own. Both sets
must hold the same images. The ratio is whole time through the web over whole time of the command.
"""

import argparse
import hashlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from benchmarks.machine import machine
from experiment.access import COMMAND, Actor
from experiment.accounts.own_tokens import add_token
from experiment.accounts.researchers import add_researcher
from experiment.database import Database, upgrade
from experiment.settings import Settings
from stimuli.image_set import read_image_set
from tests.experiment.serving import serving

SIDE = 480  # pixels of a photograph
WANTED = 3.0  # times as long as the command, at most
BUNDLE_BYTES, BUNDLE_FILES, LIST_FILES = 4 * 1024**2, 200, 1000


def main() -> int:
    """Measure, print, and return 0 if the ratio is as wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, help="also write the result to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        lines, ratio = measure(Path(name), arguments.files, arguments.repeats)
    text = "\n".join([f"{datetime.now(UTC):%Y-%m-%d}, {machine()}", *lines])
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")
    return 0 if ratio <= WANTED else 1


def measure(folder: Path, n_files: int, n_repeats: int) -> tuple[list[str], float]:
    """Both ways in turns: what to print, and the median ratio."""
    pictures = make_photographs(folder / "pictures", n_files)
    settings = Settings(
        instance=folder / "instance",
        database_url=f"sqlite:///{folder / 'hitrate.db'}",
        secret_key=secrets.token_hex(),
    )
    settings.instance.mkdir()
    upgrade(settings.database_url)
    size = sum(len(content) for content in pictures.values())
    lines = [f"{n_files} JPEG of {SIDE} × {SIDE} pixels, {size / 1e6:.0f} MB, in turns"]
    ratios = []
    with serving(settings, folder / "server.log") as server:
        client = httpx.Client(
            base_url=f"{server.url}/api/v1",
            headers=token_of(settings),
            timeout=120,
            trust_env=False,
        )
        for repeat in range(n_repeats):
            begun = time.perf_counter()
            command(settings, folder / "pictures", f"command_{repeat}")
            by_command = time.perf_counter() - begun
            begun = time.perf_counter()
            upload = send(client, pictures, f"web_{repeat}")
            sent = time.perf_counter() - begun
            finish(client, upload)
            by_web = time.perf_counter() - begun
            assert images(settings, f"web_{repeat}") == images(settings, f"command_{repeat}")
            ratios.append(by_web / by_command)
            lines.append(
                f"command {n_files / by_command:6.1f} files/s, web {n_files / by_web:6.1f} files/s "
                f"(sending alone {n_files / sent:6.1f}), ratio of times {ratios[-1]:.2f}"
            )
        client.close()
    ratio = float(np.median(ratios))
    lines.append(f"median ratio {ratio:.2f} (wanted: at most {WANTED:.0f})")
    return lines, ratio


def make_photographs(folder: Path, n: int) -> dict[str, bytes]:
    """Files of smooth noise, which compress like photographs: content by path."""
    rng = np.random.default_rng(1)
    found = {}
    for number in range(n):
        small = Image.fromarray(rng.integers(0, 256, (60, 60, 3), dtype=np.uint8))
        path = folder / f"kind_{number % 4}" / f"{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        small.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(path, quality=90)
        found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def token_of(settings: Settings) -> dict[str, str]:
    """Headers of a researcher's program."""
    database = Database(settings.database_url)
    with database.write() as session:
        who = add_researcher(session, COMMAND, "ada@lab.example", name="Ada", is_admin=True)
        scopes = ("read", "write")
        _, secret = add_token(
            session, Actor("page", who), "benchmark", scopes, days=1, may_give=scopes
        )
    database.close()
    return {"Authorization": f"Bearer {secret}"}


def command(settings: Settings, folder: Path, name: str) -> None:
    """Import the folder by the command."""
    options = ["--name", name, "--instance", str(settings.instance)]
    subprocess.run(
        [sys.executable, "-m", "hitrate", "stimuli", "import", str(folder), *options],
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"HITRATE_INSTANCE": str(settings.instance)},
    )


def send(client: httpx.Client, pictures: dict[str, bytes], name: str) -> str:
    """Announce and send every file: the address of the upload."""
    answer = client.post("/image-sets/uploads", json={"image_set": name}).raise_for_status()
    upload = f"/image-sets/uploads/{answer.json()['upload']}"
    keys: dict[str, str] = {}
    paths = list(pictures)
    for first in range(0, len(paths), LIST_FILES):
        listed = [
            {
                "path": path,
                "size": len(pictures[path]),
                "mark": hashlib.sha256(pictures[path]).hexdigest(),
            }
            for path in paths[first : first + LIST_FILES]
        ]
        said = client.post(f"{upload}/files", json={"files": listed}).raise_for_status().json()
        keys |= {one["key"]: one["path"] for one in said["files"]}
    bundle: dict[str, Any] = {}
    size = 0
    for key, path in keys.items():
        bundle[key] = (key, pictures[path])
        size += len(pictures[path])
        if size > BUNDLE_BYTES or len(bundle) == BUNDLE_FILES:
            client.put(f"{upload}/files", files=bundle).raise_for_status()
            bundle, size = {}, 0
    if bundle:
        client.put(f"{upload}/files", files=bundle).raise_for_status()
    return upload


def finish(client: httpx.Client, upload: str) -> None:
    """Begin the import and wait until it is done."""
    job = client.post(f"{upload}/finish", json={}).raise_for_status().json()["job"]
    while True:
        state = client.get(f"/jobs/{job}").raise_for_status().json()
        if state["state"] not in ("waiting", "running"):
            assert state["state"] == "done", state
            return
        time.sleep(0.1)


def images(settings: Settings, name: str) -> list[tuple[str, str, str | None]]:
    """What a set holds."""
    found = read_image_set(settings.image_sets / name).images
    return [(image.image_id, image.sha256, image.category) for image in found]


if __name__ == "__main__":
    sys.exit(main())
