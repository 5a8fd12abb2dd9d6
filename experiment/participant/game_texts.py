"""The words of the game itself, in the study's language."""

from flask_babel import gettext as _


def game_texts() -> dict[str, str]:
    """Every text that the game's scripts show, by its name there."""
    return {
        "begin": _("Begin"),
        "back": _("Back"),
        "continue": _("Continue"),
        "fullscreen_message": _("The game fills the whole screen."),
        "fullscreen_button": _("Switch to full screen"),
        "practice_heading": _("A short practice"),
        "practice_message": _("Try it with a few shapes first. Nothing counts yet."),
        "practice_right": _("Right: you had seen it before."),
        "practice_missed": _("That one had been there before: press the key when one comes back."),
        "practice_false": _("That one was new: do nothing when a picture is new."),
        "practice_again": _("Practise once more"),
        "practice_done": _("That was the practice. Now the game begins."),
        "loading": _("Loading pictures"),
        "loading_failed": _(
            "The pictures could not be loaded. Check your connection and try again."
        ),
        "try_again": _("Try again"),
        "ready_message": _("Keep a finger on the space bar and look at the middle of the screen."),
        "ready_message_touch": _("Hold the screen comfortably; tap it when a picture comes back."),
        "start_game": _("Start"),
        "resume_message": _("The game was interrupted. It goes on where it stopped."),
        "saving": _("Saving your answers. Please keep this window open."),
        "saving_offline": _(
            "There is no connection. Your answers are kept here and sent when it is back."
        ),
        "saved": _("Everything is saved."),
        "unload_warning": _("The game is not finished. Leave anyway?"),
        "failed": _("Something went wrong. Reload this page: the game goes on where it stopped."),
    }
