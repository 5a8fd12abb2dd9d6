"""What a study says where its file says nothing, in the study's language and about its paradigm."""

import textwrap
from pathlib import Path

from babel.support import NullTranslations, Translations

from experiment.design.paradigms import Paradigm

CATALOGUES = Path(__file__).parents[1] / "translations"
WIDTH = 98  # of a line, as these texts are edited in a file


def default_texts(language: str, paradigm: Paradigm, *, recruited: bool = False) -> dict[str, str]:
    """Markdown by name, in the order in which people read it; {minutes} is the length of a run.

    Parameters
    ----------
    language
        A code such as "de" or "pt-BR"; English where hitrate has no catalogue of it.
    paradigm
        The game that the texts explain: its keys, phases, levels and feedback.
    recruited
        Whether people are sent by a panel or lab, with a number for each.
    """
    words = catalogue(language)
    texts = {
        "welcome": welcome(words, paradigm),
        "consent": consent(words, recruited=recruited),
        "instructions": instructions(words, paradigm),
    }
    if paradigm.phases == "study_test":
        texts["test_instructions"] = instructions_of_test(words, paradigm)
    return texts | {"thanks": thanks(words)}


def catalogue(language: str) -> NullTranslations:
    """The translations of a language; without a catalogue the words stay as they are."""
    return Translations.load(CATALOGUES, [language.replace("-", "_")])


def welcome(words: NullTranslations, paradigm: Paradigm) -> str:
    """The first page: what one does here, and for how long."""
    _ = words.gettext
    if paradigm.phases == "study_test":
        task = _(
            "First you look at pictures, one after another. Then you see old and new pictures "
            "mixed. **Whenever you see a picture that you have already seen, press %(key)s** (or "
            "tap the screen). That is all."
        )
    else:
        task = _(
            "You will see a stream of pictures, one after another. **Whenever you see a picture "
            "that you have already seen, press %(key)s** (or tap the screen). That is all."
        )
    if paradigm.n_levels > 1 and paradigm.rests == "offered":
        length = _(
            "The game has up to %(n)s levels of about %(minutes)s min each. After every level you "
            "may rest, or stop there. Please play in a quiet place, on a computer with a keyboard "
            "if you can."
        ) % {"n": paradigm.n_levels, "minutes": whole_minutes(paradigm, paradigm.n_levels)}
    else:
        length = _(
            "The game takes about {minutes} min. Please do it in one go, in a quiet place, on a "
            "computer with a keyboard if you can."
        )
    return joined(task % {"key": keys_in_words(words, paradigm)}, length)


def consent(words: NullTranslations, *, recruited: bool) -> str:
    """What people agree to, with the parts that only the researcher knows in [CAPITALS]."""
    _ = words.gettext
    points = [
        _(
            "Taking part is voluntary. You can stop at any time by closing this window, without "
            "a reason."
        ),
        _(
            "We store which pictures you were shown, which keys you pressed and when, and what "
            "your browser says about its window and screen. We do not store your name or your "
            "internet address."
        ),
        _("The answers are kept under a random number and may be published in this form."),
        _(
            "You are given a code with which you can have your data deleted later, without "
            "saying who you are."
        ),
    ]
    if recruited:
        points.append(
            _(
                "We also keep the number under which [NAME OF THE PANEL OR LAB] sent you here, "
                "apart from your answers, so that you can be rewarded. It is never published."
            )
        )
    about = _(
        "This study is run by [NAME OF THE RESEARCHER, INSTITUTION, ADDRESS FOR QUESTIONS]. It "
        "asks which pictures people remember."
    )
    heading = _("## What you agree to")
    bullets = "".join(wrapped(point, "- ") + "\n" for point in points)
    return f"{joined(heading, about)}\n{bullets}"


def instructions(words: NullTranslations, paradigm: Paradigm) -> str:
    """How one plays; of a game in two parts, the first part."""
    _ = words.gettext
    key = keys_in_words(words, paradigm)
    press = _(
        "**Press %(key)s as soon as you see a picture for the second time.** On a touch screen, "
        "tap the picture. Do nothing when a picture is new."
    )
    if paradigm.phases == "study_test":
        first = _(
            "This is the first part. Pictures appear one after another, each for a moment. Look "
            "at every one: you will be asked for them in the second part."
        )
        parts = [first]
        if paradigm.n_vigilance:
            parts.append(_("A few come back already in this part.") + " " + press % {"key": key})
        return joined(*parts, *about_feedback(words, paradigm))
    parts = [
        _("Pictures appear one after another, each for a moment."),
        press % {"key": key},
        _(
            "Some pictures come back soon, others much later. Go by your first impression: there "
            "is no way back."
        ),
    ]
    if paradigm.n_returning:
        parts.append(_("A picture that you saw in an earlier game counts as seen, too."))
    if paradigm.n_levels > 1 and paradigm.rests != "none":
        parts.append(
            _(
                "The game goes on over several levels with a rest after each. A picture of one "
                "level may come back in the next."
            )
        )
    return joined(*parts, *about_feedback(words, paradigm))


def instructions_of_test(words: NullTranslations, paradigm: Paradigm) -> str:
    """How one plays the second part of a game that has two."""
    _ = words.gettext
    press = _(
        "**Press %(key)s whenever you see a picture that was in the first part.** On a touch "
        "screen, tap the picture. Do nothing when a picture is new."
    )
    return joined(
        _(
            "Now the second part. Pictures appear one after another again: some were in the first "
            "part, others are new."
        ),
        press % {"key": keys_in_words(words, paradigm)},
    )


def about_feedback(words: NullTranslations, paradigm: Paradigm) -> list[str]:
    """What appears after a key press, if anything does."""
    _ = words.gettext
    match paradigm.feedback:
        case "symbol":
            return [
                _(
                    "When you press, a green symbol says that the picture was there before, and a "
                    "grey cross that it was new."
                )
            ]
        case "border":
            return [
                _(
                    "When you press, a green border says that the picture was there before, and a "
                    "red border that it was new."
                )
            ]
    return []


def thanks(words: NullTranslations) -> str:
    """The last page."""
    _ = words.gettext
    return joined(
        _("Your answers have been saved. You helped to find out what makes a picture memorable."),
        _("You can close this window now."),
    )


def keys_in_words(words: NullTranslations, paradigm: Paradigm) -> str:
    """The keys of the game, as in 'press …'."""
    _ = words.gettext
    named = [
        _("the space bar") if key == " " else _("the %(name)s key") % {"name": key_cap(key)}
        for key in paradigm.keys
    ]
    return _(" or ").join(named)


def key_cap(key: str) -> str:
    """What is printed on a key."""
    return key.upper() if len(key) == 1 else key


def whole_minutes(paradigm: Paradigm, parts: int = 1) -> int:
    """The length of a run, or of one of its equal parts, in whole minutes; at least 1."""
    return max(1, round(paradigm.duration_ms / parts / 60_000))


def with_minutes(text: str, paradigm: Paradigm) -> str:
    """A text with the length of a run in its place."""
    return text.replace("{minutes}", str(whole_minutes(paradigm)))


def joined(*paragraphs: str) -> str:
    """Paragraphs as Markdown has them."""
    return "\n".join(wrapped(paragraph) + "\n" for paragraph in paragraphs)


def wrapped(paragraph: str, begin: str = "") -> str:
    """A paragraph in lines, the later ones as far in as the beginning."""
    return textwrap.fill(
        paragraph,
        WIDTH,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )
