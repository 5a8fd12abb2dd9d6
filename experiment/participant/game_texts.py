"""The words of the game itself, in the study's language."""

from flask_babel import gettext as _


def game_texts() -> dict[str, str]:
    """Every text that the game's scripts show, by its name there; `{words}` are filled in there."""
    return _before() | _practice() | _during() | _after()


def _before() -> dict[str, str]:
    return {
        "loading": _("Loading the game …"),
        "trouble": _("The connection is bad at the moment. Trying again …"),
        "try_again": _("Try again"),
        "elsewhere": _(
            "The game is already open in another tab or window. Go on there, or close it."
        ),
        "gone": _("This game cannot be found any more. Open the study's address again."),
        "failed": _(
            "Something went wrong. Load the page again: the game goes on where it stopped."
        ),
        "key_space": _("the space bar"),
        "instructions_button": _("Continue"),
        "fullscreen_text": _(
            "The game fills the whole screen. Afterwards it gives the screen back."
        ),
        "fullscreen_button": _("Switch to full screen"),
        "preload": _("Loading the pictures …"),
        "ready_title": _("Ready?"),
        "ready_text": _(
            "Keep a finger on {key} and your eyes on the middle of the screen. "
            "Press whenever a picture comes back."
        ),
        "ready_text_touch": _(
            "Hold the screen comfortably. Tap it, or press {key}, whenever a picture comes back."
        ),
        "ready_button": _("Start"),
    }


def _practice() -> dict[str, str]:
    return {
        "practice_title": _("A short practice"),
        "practice_text": _(
            "Try it with a few drawings first: press {key} whenever one comes back. "
            "Nothing counts yet."
        ),
        "practice_text_touch": _(
            "Try it with a few drawings first: tap the screen whenever one comes back. "
            "Nothing counts yet."
        ),
        "practice_button": _("Begin the practice"),
        "practice_hit": _("Right, it was there before."),
        "practice_miss": _("This one was there before."),
        "practice_false_alarm": _("This one was new."),
        "practice_over": _("That was the practice"),
        "practice_result": _(
            "You noticed {hits} of {repeats} repeats; answers to new drawings: {false_alarms}."
        ),
        "practice_good": _("Very good. In the game nobody tells you whether you were right."),
        "practice_more": _("You may practise again before the game begins."),
        "practice_again": _("Practise again"),
        "practice_done": _("To the game"),
    }


def _during() -> dict[str, str]:
    return {
        "starting": _("The game begins …"),
        "get_ready": _("Get ready"),
        "stage_label": _("Memory game"),
        "progress_label": _("How far you are"),
        "image_label": _("Picture"),
        "touch_button": _("Seen before"),
        "paused_title": _("The game has paused"),
        "paused_text": _("The window was not in front. The game goes on with the next picture."),
        "paused_text_touch": _(
            "The window was not in front. The game goes on with the next picture."
        ),
        "paused_button": _("Go on"),
        "back_title": _("Welcome back"),
        "back_text": _(
            "The game was interrupted. It goes on where it stopped; what you did so far is kept. "
            "Press {key} whenever a picture comes back."
        ),
        "back_text_touch": _(
            "The game was interrupted. It goes on where it stopped; what you did so far is kept. "
            "Tap the screen whenever a picture comes back."
        ),
        "back_button": _("Go on"),
    }


def _after() -> dict[str, str]:
    return {
        "saving": _("Saving your answers. Please keep this window open."),
        "saving_trouble": _(
            "There is no connection at the moment. Your answers are kept on this device and sent "
            "as soon as it is back. Please keep this window open."
        ),
        "finished": _("Everything is saved."),
        "stuck": _(
            "Your answers could not be saved completely. Please load this page again, or tell the "
            "people who invited you."
        ),
    }
