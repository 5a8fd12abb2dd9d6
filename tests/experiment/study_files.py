"""Study files for tests: the least one, and one of 14 trials."""

from experiment.studies.file import StudyDefinition, parse_study

LEAST = "title = 'T'\nslug = 't'\nimage_set = 'demo'\n[paradigm]\npreset = 'lamem2015'\n"
# 2 × 3 targets + 4 fillers + 2 × 2 vigilance = 14 trials of 9 images, 1.4 s each.
FILE = """
title = "Pets"
slug = "{slug}"
image_set = "{image_set}"
[paradigm]
preset = "lamem2015"
n_targets = 3
n_fillers = 4
n_vigilance = 2
target_lags = [3, 9]
vigilance_lags = [1, 3]
[goal]
responses_per_image = 10
"""


def definition(slug: str = "pets", image_set: str = "pictures", more: str = "") -> StudyDefinition:
    return parse_study(FILE.format(slug=slug, image_set=image_set) + more, f"{slug}.toml")
