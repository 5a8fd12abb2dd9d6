"""The scores that people can be split by, with their names in words and what they count."""

SCORE_NAMES = {
    "hit_rate": "hit rate",
    "false_alarm_rate": "false-alarm rate",
    "corrected_recognition": "corrected recognition",
    "d_prime": "d′",
}
SCORE_TITLES = {  # as they begin a line: d′ keeps its letter
    name: words if name == "d_prime" else words.capitalize() for name, words in SCORE_NAMES.items()
}
SCORES = tuple(SCORE_NAMES)

_HITS, _ALARMS = ("hits", "repeats"), ("false_alarms", "firsts")
SCORE_COUNTS = {  # the counts that make a score, each of its rates as (part, whole)
    "hit_rate": (_HITS,),
    "false_alarm_rate": (_ALARMS,),
    "corrected_recognition": (_HITS, _ALARMS),
    "d_prime": (_HITS, _ALARMS),
}
