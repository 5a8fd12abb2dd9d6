"""What a study says where its file says nothing, and the annotated file of `study init`."""

WELCOME = """\
You will see a stream of pictures, one after another. **Whenever you see a picture that you have
already seen, press the space bar** (or tap the screen). That is all.

The game takes about {minutes} min. Please do it in one go, in a quiet place, on a computer with
a keyboard if you can.
"""

CONSENT = """\
## What you agree to

This study is run by [NAME OF THE RESEARCHER, INSTITUTION, ADDRESS FOR QUESTIONS]. It asks which
pictures people remember.

- Taking part is voluntary. You can stop at any time by closing this window, without a reason.
- We store which pictures you were shown, which keys you pressed and when, and what your browser
  says about its window and screen. We do not store your name or your internet address.
- The answers are kept under a random number and may be published in this form.
"""

INSTRUCTIONS = """\
Pictures appear one after another, each for a moment.

**Press the space bar as soon as you see a picture for the second time.** On a touch screen, tap the
picture. Do nothing when a picture is new.

Some pictures come back soon, others much later. Go by your first impression: there is no way back.
"""

THANKS = """\
Your answers have been saved. You helped to find out what makes a picture memorable.

You can close this window now.
"""

TEMPLATE = '''\
# A study of hitrate. Lines that begin with # are comments; values that are commented out show the
# default. Look at it with `hitrate study check {file}`, then `hitrate study create {file}`.

# Shown to participants, and the study's name in addresses and commands: a-z, 0-9 and hyphens.
title = "{title}"
slug = "{slug}"

# A set of images that `hitrate stimuli import` has made (a folder in INSTANCE/image_sets).
image_set = "{image_set}"

# Language of the pages (a code such as "en", "de", "pt-BR"); your own texts below are shown as
# they are.
# language = "en"

# A sentence on every page of the study, for instance that this is only a trial.
# notice = ""

# How many runs one person may play. No image comes back in a later run.
# runs_per_participant = 1


[paradigm]
# The published game to follow; `hitrate study check` prints where the study deviates from it.
preset = "lamem2015"

# Anything below changes one of the preset's values. Times are in milliseconds; a lag is the
# position of the repeat minus the position of the first showing, so that back to back is 1.
{paradigm}

[images]
# Which images are targets (their memorability is measured) and which are fillers (shown to keep the
# intervals apart; vigilance images come from here too): "all", or a table of what they must be, by
# category or by any other column of the image set's manifest. Lists mean "one of".
# targets = "all"
# targets = {{ category = ["animals", "food"] }}
# fillers = "all"


[display]
# Longest side of an image on the screen, in CSS pixels; small images are not enlarged.
# size_px = 512
# Colour behind the images.
# background = "#808080"


[goal]
# How often every target should have come back. With the hit rates of common photographs about 50
# responses per image give a split-half reliability of .8, about 120 one of .9.
# responses_per_image = 40


# Texts are Markdown (no HTML). {{minutes}} becomes the length of a run in minutes.
[texts]
welcome = """
{welcome}"""

# People agree to this text as it is: put in who you are, before anybody sees it.
consent = """
{consent}"""

instructions = """
{instructions}"""

thanks = """
{thanks}"""
'''
