"""Guess what a column of somebody's table is from its name, and name images as datasets do."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

import pandas as pd

IMAGE_COLUMNS = (
    "imageid",
    "image",
    "imagename",
    "imagefile",
    "imagepath",
    "img",
    "imgname",
    "filename",
    "filepath",
    "file",
    "path",
    "stimulus",
    "stimulusid",
    "stim",
    "stimfile",
    "itemid",
    "item",
    "picture",
    "picturename",
    "photo",
    "pic",
    "stimulusname",
    "scene",
    "bild",
    "bildname",
    "plaatje",
    "afbeelding",
    "name",
)
COUNT_COLUMNS = {
    "hits": ("h", "hit", "hits", "nhit", "nhits", "numhits", "hitcount"),
    "misses": ("m", "miss", "misses", "nmiss", "nmisses", "nummisses", "misscount"),
    "false_alarms": ("f", "fa", "fas", "falsealarm", "falsealarms", "nfa", "nfas", "numfa"),
    "correct_rejections": ("cr", "crs", "correctrejection", "correctrejections", "ncr", "ncrs"),
    "repeats": ("repeats", "nrepeats", "nrepeat"),
    "firsts": ("firsts", "nfirsts", "nfirst"),
    "responses": ("n", "nresp", "nresponses", "responses", "numresponses"),
}
RATE_COLUMNS = (  # ends of names, squeezed, of what is computed from counts
    *("hr", "far", "crr", "hitrate", "missrate", "falsealarmrate", "farate", "rate"),
    *("correctedrecognition", "dprime", "criterion", "accuracy", "percentcorrect", "memorability"),
)
COUNTING = ("n", "num", "number", "of", "count", "total")  # words that name no group
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")


def squeeze(name: str) -> str:
    """A column's name in small letters, without what separates its words."""
    return re.sub(r"[^a-z0-9]+", "", name.lower())


def image_column(names: Iterable[str]) -> str | None:
    """The column that names images, judged by its name; the more specific name wins."""
    by_squeezed = {squeeze(name): name for name in reversed(list(names))}
    return next((by_squeezed[known] for known in IMAGE_COLUMNS if known in by_squeezed), None)


def count_column(name: str) -> tuple[str, str] | None:
    """Group and count that a column's name says, such as ("filler", "hits"); the group may be "".

    The count is the end of the name, up to two words long; what stands before it is the group.
    """
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word]
    for n_words in (3, 2, 1):
        if len(words) < n_words:
            continue
        end = squeeze("".join(words[-n_words:]))
        for count, known in COUNT_COLUMNS.items():
            if end in known:
                group = [word.lower() for word in words[:-n_words]]
                return "_".join(word for word in group if word not in COUNTING), count
    return None


def is_rate(name: str) -> bool:
    """Whether a column's last words (up to three) call it a rate or a score made of rates."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word]
    ends = {squeeze("".join(words[-n:])) for n in (1, 2, 3)}
    return bool(ends.intersection(RATE_COLUMNS))


def image_ids(names: "pd.Series[str]") -> "tuple[pd.Series[str], str | None]":
    """Image ids as datasets write them: forward slashes, no picture suffix; and what was done.

    The suffix stays on all where two images would have one id without it.
    """
    posix = names.str.replace("\\", "/", regex=False)
    bare = posix.map(without_suffix)
    if (bare == names).all():
        return names, None
    if bare.duplicated().any() and not posix.duplicated().any():
        return posix, "file suffixes were kept: without them two images would have one id"
    return bare, "image ids are the file names without their suffix"


def without_suffix(name: str) -> str:
    """A picture's path without its suffix; other names as they are."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in PICTURES else name
