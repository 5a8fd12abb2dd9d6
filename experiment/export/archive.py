"""An export as one .zip file: the same bytes for the same files."""

import shutil
import zipfile
from pathlib import Path

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time that a .zip can hold, for every file
PACKED = {".webp", ".png", ".jpg", ".jpeg", ".gif", ".parquet", ".avif"}  # nothing to gain
REGULAR_FILE = 0o100644 << 16
UNIX = 3


def pack(folder: Path, archive: Path, root: str) -> None:
    """Write every file of a folder, by name, below the folder `root` of a .zip (Zip64, Deflate).

    Files are read and written in blocks, however large they are. The same files give the same
    bytes, as long as Python's zlib is the same.
    """
    with zipfile.ZipFile(archive, "w") as packed:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = f"{root}/{file.relative_to(folder).as_posix()}"
            member = zipfile.ZipInfo(name, date_time=LONG_AGO)
            member.compress_type = (
                zipfile.ZIP_STORED if file.suffix.lower() in PACKED else zipfile.ZIP_DEFLATED
            )
            member.create_system = UNIX
            member.external_attr = REGULAR_FILE
            member.file_size = file.stat().st_size
            with file.open("rb") as stream, packed.open(member, "w", force_zip64=True) as target:
                shutil.copyfileobj(stream, target, 1 << 20)
