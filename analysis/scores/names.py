"""The scores' names in words, which of them people can be split by, and what these count."""

SCORE_NAMES = {
    "hit_rate": "hit rate",
    "false_alarm_rate": "false-alarm rate",
    "corrected_recognition": "corrected recognition",
    "d_prime": "d′",
}
SCORE_TITLES = {  # as they begin a line
    name: words if name == "d_prime" else words.capitalize() for name, words in SCORE_NAMES.items()
}
SCORES = tuple(SCORE_NAMES)

# Every score of an image, a participant or a category.
SCORE_WORDS = {
    **SCORE_NAMES,
    "criterion": "criterion c",
    "a_prime": "A′",
    "memcat_score": "MemCat's score (H − FA)/n",
    "rt_ms_mean": "mean reaction time of hits (ms)",
    "rt_ms_median": "median reaction time of hits (ms)",
}

_HITS, _ALARMS = ("hits", "repeats"), ("false_alarms", "firsts")
SCORE_COUNTS = {  # the counts that make a score, each of its rates as (part, whole)
    "hit_rate": (_HITS,),
    "false_alarm_rate": (_ALARMS,),
    "corrected_recognition": (_HITS, _ALARMS),
    "d_prime": (_HITS, _ALARMS),
}
