"""The scores' names in words, and which of them people can be split by."""

SCORE_NAMES = {
    "hit_rate": "hit rate",
    "false_alarm_rate": "false-alarm rate",
    "corrected_recognition": "corrected recognition",
}
SCORES = tuple(SCORE_NAMES)

# Every score of an image, a participant or a category.
SCORE_WORDS = {
    **SCORE_NAMES,
    "d_prime": "d′",
    "criterion": "criterion c",
    "a_prime": "A′",
    "memcat_score": "MemCat's score (H − FA)/n",
    "rt_ms_mean": "mean reaction time of hits (ms)",
    "rt_ms_median": "median reaction time of hits (ms)",
}
