"""The words of the game itself, in the study's language."""

from flask_babel import gettext as _


def game_texts() -> dict[str, str]:
    """Every text that the game's scripts show, by its name there; `{words}` are filled in there."""
    return _before() | _screen() | _practice() | _during() | _pauses() | _rests() | _after()


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
        "flashing_note": _(
            "Pictures follow each other quickly, and what is on the screen changes abruptly. "
            "If flickering light can harm you, for example because of epilepsy, please do not play."
        ),
    }


def _screen() -> dict[str, str]:
    return {
        "calibration_title": _("How large is your screen?"),
        "calibration_text": _(
            "Hold a bank card, or any card of that size, flat against the screen. Move the slider, "
            "with the mouse, a finger or the arrow keys, until the card drawn here is exactly as "
            "wide as yours."
        ),
        "calibration_slider": _("Width of the card drawn on the screen"),
        "calibration_distance": _(
            "Then sit so that your eyes are about {distance} cm away from the screen, and stay so."
        ),
        "calibration_button": _("It fits"),
        "too_small": _(
            "This window is too small for the pictures. Please make it larger, or set the "
            "browser's zoom back to 100 %. The game goes on by itself."
        ),
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
        "practice_good_feedback": _(
            "Very good. In the game a sign tells you whether an answer was right."
        ),
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
        "warning": _("Please look carefully at every picture."),
    }


def _pauses() -> dict[str, str]:
    return {
        "window_title": _("The full screen is gone"),
        "window_text": _(
            "The game has paused. Go back to the full screen if you can: nothing distracts you "
            "there."
        ),
        "window_button": _("Go on in this window"),
        "moved_title": _("The game is open elsewhere"),
        "moved_text": _(
            "You went on with this game in another tab, window or device. Nothing is lost. Go on "
            "there and close this page, or play here."
        ),
        "moved_button": _("Play here"),
        "leave_title": _("Leave the game?"),
        "leave_text": _(
            "What you did so far is kept. You can come back later and go on where you stopped."
        ),
        "leave_button": _("Leave"),
        "stay_button": _("Stay"),
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


def _rests() -> dict[str, str]:
    return {
        "saving_level": _("Saving your answers …"),
        "rest_title": _("Part {level} of {levels} is done"),
        "rest_score": _(
            "You noticed {hits} of {repeats} pictures that came back, and answered to "
            "{false_alarms} of {firsts} new ones."
        ),
        "rest_text": _("Rest your eyes for a while. Go on when you are ready."),
        "rest_may_stop": _("You may also stop here: what you did so far counts."),
        "rest_button": _("Go on"),
        "rest_stop": _("Stop here"),
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
