"""The list of withdrawals beside the database: what a restored backup must delete again.

A line is the SHA-256 of a withdrawal code, the time, and `identity` where only the recruiter's
number was erased. It is written before anything is deleted, so that nobody's wish is lost with the
machine's power, and it names nobody.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from experiment.errors import ExperimentError

WITHDRAWALS = "withdrawals.txt"  # in the instance folder
LINE = re.compile(r"([0-9a-f]{64}) \d{4}-\d\d-\d\dT\d\d:\d\dZ( identity)?")

What = Literal["all", "identity"]


class WithdrawalListError(ExperimentError):
    """A list of withdrawals is not as hitrate wrote it."""

    code = "withdrawal_list_invalid"


@dataclass(frozen=True, slots=True)
class Wish:
    """Whose data are to be deleted, and which."""

    code_sha256: str
    what: What


def note_withdrawal(path: Path, code_sha256: str, what: What = "all") -> None:
    """Append a withdrawal, on the disk when this returns."""
    kind = "" if what == "all" else f" {what}"
    append_lines(path, [f"{code_sha256} {datetime.now(UTC):%Y-%m-%dT%H:%MZ}{kind}"])


def append_lines(path: Path, lines: Iterable[str]) -> None:
    """Append whole lines at once; the file is made (mode 0600) where it is absent."""
    text = "".join(f"{line}\n" for line in lines)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, text.encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_withdrawals(path: Path) -> dict[Wish, str]:
    """The first line of each wish in a list; none if there is no such file.

    Raises
    ------
    WithdrawalListError
        If a line is something else: what it said would be lost.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise WithdrawalListError(
            f"{path} cannot be read as a list of withdrawals: {error}"
        ) from None
    found: dict[Wish, str] = {}
    for number, line in enumerate(lines, 1):
        match = LINE.fullmatch(line)
        if match is None:
            raise WithdrawalListError(
                f"{path} line {number} is no withdrawal; a line is the SHA-256 of a code and a "
                f"time, as in the file {WITHDRAWALS} of an instance"
            )
        found.setdefault(Wish(match[1], "identity" if match[2] else "all"), line)
    return found
