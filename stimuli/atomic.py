"""Files that are put in place in one step: others see the whole of one or nothing."""

import contextlib
import os
import threading
from pathlib import Path


def write_file(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it into it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write a file unless it holds these very bytes; True if it was written."""
    if path.is_file() and path.read_bytes() == content:
        return False
    write_file(path, content)
    return True
