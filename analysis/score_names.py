"""The scores that people can be split by, with their names in words."""

SCORE_NAMES = {
    "hit_rate": "hit rate",
    "false_alarm_rate": "false-alarm rate",
    "corrected_recognition": "corrected recognition",
}
SCORES = tuple(SCORE_NAMES)
