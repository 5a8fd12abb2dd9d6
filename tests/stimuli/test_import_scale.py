"""A large import: memory does not grow with the number of images."""

import json
import subprocess
import sys
from pathlib import Path

from PIL import Image

from tests.stimuli.picture_files import encoded

MEASURE = """
import json, resource, sys
from pathlib import Path
from stimuli.importers import import_images

def peak_mib():
    unit = 1024 if sys.platform == "linux" else 1024**2  # ru_maxrss: KiB; on macOS bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit

folder, sets = map(Path, sys.argv[1:])
import_images(folder / "few", sets, "few")
before = peak_mib()
peaks = []
summary = import_images(folder / "many", sets, "many", progress=lambda *_: peaks.append(peak_mib()))
print(json.dumps({"added": summary.added, "before": before, "after": peak_mib(), "peaks": peaks}))
"""


def test_memory_does_not_grow_with_the_number_of_images(tmp_path: Path) -> None:
    """1,200 images of 400 × 400 would be 549 MiB decoded; 100 warm the process up."""
    content = encoded(Image.new("RGB", (400, 400), "teal"), "BMP")
    for name, count in (("few", 100), ("many", 1_200)):
        folder = tmp_path / name
        folder.mkdir()
        for number in range(count):
            pixels = bytearray(content)
            pixels[-6:-2] = (number + (name == "many") * 10_000).to_bytes(4, "big")
            (folder / f"{number:05}.bmp").write_bytes(pixels)
    answer = subprocess.run(
        [sys.executable, "-c", MEASURE, tmp_path, tmp_path / "sets"],
        capture_output=True,
        check=True,
    )
    found = json.loads(answer.stdout)
    assert found["added"] == 1_200
    growth = found["after"] - found["before"]
    assert growth < 32, f"peak memory grew by {growth:.0f} MiB over 1,200 images"
    # nothing accumulates: the second half of the import needs no more than the first
    assert found["peaks"][-1] - found["peaks"][600] < 8
