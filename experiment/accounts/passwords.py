"""Passwords: what they may be, and how they are kept (argon2id).

The rules are those of NIST SP 800-63B: a length, no common ones, and nothing about which characters
they hold.
"""

import re
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from experiment.errors import InvalidError

SHORTEST, LONGEST = 12, 200  # characters
LONGEST_READ = 1000  # characters of what somebody sends are looked at
FEWEST_DIFFERENT = 5  # characters
# OWASP's least for argon2id: sixteen threads that check at once take 300 MB.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# What guessers try first, in whatever dress: digits and signs around them, 3 for e, 0 for o.
WORDS = """
abc account admin administrator america angel apple baby baseball basketball batman chocolate
computer correcthorsebatterystaple default dragon experiment facebook flower football forever
freedom friends google guest hello hitrate iloveyou iloveyoumore internet jesus jordan justin
killer letmein letmeinplease liverpool login london lovely loveme master memorability memory
michael monkey mustang mypassword myspace newpassword nicole ninja nothing pass passphrase passw
password picture pokemon princess psychology qazwsx qwerty research researcher samsung science
secret shadow soccer spring starwars study summer sunshine superman supersecret test testing
thisisapassword thisismypassword trustno trustnoone university user welcome welcomehome whatever
winter
"""
COMMON = frozenset(WORDS.split())
RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
)
SHORTEST_RUN = 4  # characters that follow each other in one of these
LEET = str.maketrans("013457@$!", "oieastasi")


def check_password(password: str, email: str) -> None:
    """Refuse a password that would be guessed.

    Raises
    ------
    InvalidError
        Which says what is wrong with it, and what would do.
    """
    length = len(normal(password))
    if length < SHORTEST:
        raise InvalidError(
            f"the password has {length} characters; choose at least {SHORTEST}, such as four or "
            "five words that do not belong together"
        )
    if length > LONGEST:
        raise InvalidError(f"the password has {length} characters; at most {LONGEST} are taken")
    if contains_email(password, email):
        raise InvalidError("the password contains the email address; choose another one")
    if is_common(password):
        raise InvalidError(
            "the password is among those that are tried first; choose four or five words that do "
            "not belong together"
        )


def normal(password: str) -> str:
    """The same characters however a keyboard composed them."""
    return unicodedata.normalize("NFKC", password[:LONGEST_READ])


def in_bytes(password: str) -> bytes:
    """What is hashed of a password."""
    return normal(password).encode("utf-8", "surrogatepass")


def contains_email(password: str, email: str) -> bool:
    """Whether a password holds the address, or the name before its @."""
    folded, (name, _, _) = normal(password).casefold(), email.casefold().partition("@")
    return email.casefold() in folded or (len(name) > 3 and name in folded)


def is_common(password: str) -> bool:
    """Whether a password is a word that all know, one thing again and again, or a walk over the
    keyboard, with or without digits and signs around it."""
    folded = normal(password).casefold()
    if len(set(folded)) < FEWEST_DIFFERENT:
        return True
    if re.fullmatch(r"(.{1,6}?)\1+.{0,5}", folded, re.DOTALL):
        return True
    rest = without_runs(folded)
    if len(rest) < SHORTEST_RUN:
        return True
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    dressed = (folded, rest, *(text.translate(LEET) for text in (folded, rest, bare)))
    return any(is_common_word(re.sub(r"[\W\d_]", "", text)) for text in dressed)


def is_common_word(letters: str) -> bool:
    """Whether these letters are one or two of the words that are tried first."""
    return letters in COMMON or any(
        letters[:at] in COMMON and letters[at:] in COMMON for at in range(1, len(letters))
    )


def without_runs(text: str) -> str:
    """A text without the parts that follow alphabet, digits or a row of keys, either way."""
    kept, at = "", 0
    while at < len(text):
        length = max(run_length(text[at:], way) for row in RUNS for way in (row, row[::-1]))
        if length >= SHORTEST_RUN:
            at += length
        else:
            kept += text[at]
            at += 1
    return kept


def run_length(text: str, row: str) -> int:
    """How many characters at the beginning of a text stand side by side in this row."""
    length = 0
    while length < len(text) and text[: length + 1] in row:
        length += 1
    return length


def hash_password(password: str) -> str:
    """What is kept of a password."""
    return HASHER.hash(in_bytes(password))


def fits(password: str, kept: str | None) -> bool:
    """Whether this is the password that was kept; takes as long where there is none."""
    nobodys = nobodys_hash()
    try:
        HASHER.verify(kept or nobodys, in_bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than a new one would be."""
    return HASHER.check_needs_rehash(kept)


@cache
def nobodys_hash() -> str:
    """A hash that costs as much as any, of a password that nobody has."""
    return HASHER.hash("")
