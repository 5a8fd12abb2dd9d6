"""Small pieces of the report's sentences, and rows of its tables."""

import math
import re
import unicodedata
from dataclasses import asdict
from typing import Any

import pandas as pd

from analysis.comparison.two_scales import Comparison
from analysis.readable import count, decimal, limits
from analysis.report.left_out import LeftOut


def equals(symbol: str, value: float, digits: int = 2) -> str:
    """“ρ = 0.67” with spaces at which no line breaks."""
    return f"{symbol}\u00a0=\u00a0{decimal(value, digits)}"


def counted(part: LeftOut) -> str:
    """“12 trials”, “1 participant”."""
    return count(part.count, part.what.removesuffix("s"))


def limits_of(result: Comparison, name: str) -> str:
    """The interval of one number of a comparison."""
    interval = result.intervals.get(name)
    return "" if interval is None else limits(interval.low, interval.high)


def with_limits(value: float, told: str, digits: int = 3) -> str:
    """“0.445 (0.31 to 0.52)”."""
    return decimal(value, digits) + (f" ({told})" if told else "")


def p_words(p: float, *, equals: bool = False) -> str:
    """“0.0123”, “< 0.0001”, or, with ``equals``, “= 0.0123”."""
    if 0 <= p < 0.0001:
        return "< 0.0001"
    return f"= {decimal(p, 4)}" if equals and not math.isnan(p) else decimal(p, 4)


def short(name: str) -> str:
    """A name that fits on a phone; the tables have it whole."""
    return name if len(name) <= 20 else name[:19] + "…"


def capital(text: str) -> str:
    """With a large first letter; all others as they are."""
    return text[:1].upper() + text[1:]


def frame(rows: tuple[Any, ...]) -> pd.DataFrame:
    """Dataclasses as a table, a column for each field."""
    return pd.DataFrame([asdict(row) for row in rows])


def for_a_file(text: str) -> str:
    """A text as a part of a file name: small ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-")
