"""Numbers as people read them: rounded, with a true minus, a dash where one is missing."""

import math

MINUS = "−"


def decimal(value: float | None, digits: int = 2) -> str:
    """A number with its decimals; never “−0.00”."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def percent(value: float | None) -> str:
    """A rate as a percentage without decimals."""
    if value is None or not math.isfinite(value):
        return decimal(value)
    return f"{decimal(100 * value, 0)}%"


def count(n: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def limits(low: float | None, high: float | None, digits: int = 2) -> str:
    """“0.31 to 0.52”, or nothing where the interval is not known."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return ""
    return f"{decimal(low, digits)} to {decimal(high, digits)}"


def between(low: str | None, high: str | None) -> str:
    """A range in words, open where a limit is None: “at least 34%”."""
    if low is None:
        return f"at most {high}"
    if high is None:
        return f"at least {low}"
    return f"about {low}" if low == high else f"between {low} and {high}"
