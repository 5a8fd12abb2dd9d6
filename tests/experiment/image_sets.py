"""Sets of images of which there is only the manifest: enough to make studies, nothing to show."""

from experiment.settings import Settings
from stimuli.image_set import Image, write_manifest


def add_image_set(settings: Settings, name: str = "pictures", n: int = 40) -> None:
    """So many images without files: two categories in turn, and scenes of two."""
    folder = settings.image_sets / name
    folder.mkdir(parents=True)
    write_manifest(
        folder,
        [
            Image(
                image_id=f"picture_{number:04}",
                path=folder / "originals" / f"{number:064x}.png",
                sha256=f"{number:064x}",
                width_px=640,
                height_px=480,
                category=("animals", "food")[number % 2],
                licence=None,
                attributes={"scene": str(number // 2)},
            )
            for number in range(n)
        ],
    )
