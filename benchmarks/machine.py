"""What a benchmark ran on."""

import platform
from pathlib import Path


def machine() -> str:
    """The kind of machine, without its name."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = f"{len(named)} × {named[0]}" if named else model
    return f"{platform.system()} {platform.machine()}, {model}, Python {platform.python_version()}"
