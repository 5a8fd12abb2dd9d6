"""What a password may be (NIST SP 800-63B) and how it is kept."""

import time

import pytest

from experiment.accounts.passwords import (
    LONGEST,
    check_password,
    fits,
    hash_password,
    is_outdated,
    without_runs,
)
from experiment.errors import InvalidError

EMAIL = "ada.byron@lab.example"


@pytest.mark.parametrize(
    "password",
    [
        "violin gravel sixteen otters",
        "tKx9!vv0Qm2r",
        "83920174650912",  # no rule says which characters there have to be
        "das Blaukraut bleibt",
        "пароль из семи слов",
        "雨が降る日は本を読む人です",
        "x" * 7 + "violin gravel",
        "the memory of my first bicycle",
    ],
)
def test_what_nobody_tries_first_is_taken(password: str) -> None:
    check_password(password, EMAIL)


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "P@ssw0rd!!!!",
        "passwordpassword",
        "password-welcome-99",
        "iloveyou2024",
        "correct horse battery staple",
        "123456789012",
        "210987654321",
        "abcdefghijkl",
        "qwertyuiop[]",
        "1qaz2wsx3edc",
        "qwertzuiopas",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "hitrate-2026!",
        "Memorability1",
        "            ",
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    with pytest.raises(InvalidError, match="tried first"):
        check_password(password, EMAIL)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("elevenchars", "has 11 characters"),
        ("", "has 0 characters"),
        ("x1" * (LONGEST // 2) + "y", "has 201 characters"),
        ("x" * 1_000_000, "at most 200"),
        ("my ada.byron@lab.example", "contains the email"),
        ("ADA.BYRON lives here", "contains the email"),
    ],
)
def test_a_refusal_says_why(password: str, why: str) -> None:
    with pytest.raises(InvalidError, match=why):
        check_password(password, EMAIL)


def test_length_is_counted_in_characters_however_they_are_composed() -> None:
    """Twelve letters, of which the é may be one code point or two."""
    for word in ("café-gravel7", "cafe\N{COMBINING ACUTE ACCENT}-gravel7"):
        check_password(word, EMAIL)
    kept = hash_password("café-gravel7")
    assert fits("cafe\N{COMBINING ACUTE ACCENT}-gravel7", kept)


def test_only_the_password_itself_fits() -> None:
    kept = hash_password("violin gravel sixteen otters")
    assert kept.startswith("$argon2id$")
    assert "violin" not in kept
    assert fits("violin gravel sixteen otters", kept)
    for other in ("violin gravel sixteen otter", "Violin gravel sixteen otters", "", "\ud800"):
        assert not fits(other, kept)
    assert hash_password("violin gravel sixteen otters") != kept  # salted
    assert not is_outdated(kept)


def test_no_password_fits_where_none_is_kept() -> None:
    for given in ("", "violin gravel sixteen otters"):
        assert not fits(given, None)
    assert not fits("", "no hash at all")


def test_walks_over_the_keyboard_are_cut_out_either_way() -> None:
    assert without_runs("xx4567yy") == "xxyy"
    assert without_runs("xxtrewqyy") == "xxyy"
    assert without_runs("x456y") == "x456y"  # three are no walk


def test_a_long_text_is_looked_at_quickly() -> None:
    began = time.perf_counter()
    for text in (
        "1234 " * 200_000,
        "ab" * 500_000,
        "\N{ARABIC LIGATURE BISMILLAH AR-RAHMAN AR-RAHEEM}" * 9999,
    ):
        with pytest.raises(InvalidError):
            check_password(text, EMAIL)
    assert time.perf_counter() - began < 2
