"""What is known, by name, of the images that models were trained on."""

import re

from analysis.comparison.verdict import called

# model: names of data sets whose images it was trained on (memoir's images are MemCat's)
TRAINED_ON = {
    "resmem": ("lamem", "memcat", "memoir"),
    "memnet": ("lamem",),
}
TITLES = {"lamem": "LaMem", "memcat": "MemCat", "memoir": "MemCat (by memoir)"}


def trained_on(model: str, about: str) -> str | None:
    """The data set, by name, that a model was trained on and that these data seem to come from."""
    words = re.sub(r"[^a-z0-9]+", "", about.lower())
    for name in TRAINED_ON.get(model.lower(), ()):
        if name in words:
            return TITLES[name]
    return None


def training_names(model: str) -> str | None:
    """The data sets that a model was trained on, as far as hitrate knows them."""
    titles = [TITLES[name] for name in TRAINED_ON.get(model.lower(), ()) if name != "memoir"]
    return " and ".join(titles) or None


def training_warning(model: str, about: str) -> str | None:
    """What to know of a comparison of images that a model seems to have been trained on.

    Parameters
    ----------
    model, about
        The model's name; name and title of the dataset, all that there is to go by.
    """
    trained = trained_on(model, about)
    if trained is None:
        return None
    return (
        f"{called(model)} was trained on images of {trained}: on images that it has "
        "seen, it predicts better than on new ones."
    )
