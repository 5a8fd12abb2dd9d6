"""Planning a study: responses, people, hours and money for a reliability, and the other way."""

from analysis.planning.design import GAMES, Design, Game
from analysis.planning.pilot import Pilot, read_pilot
from analysis.planning.plan import Need, Plan, plan_study
from analysis.planning.prospects import Affordable, Expected, Prospects, study_prospects
from analysis.planning.responses import PUBLISHED, Case, responses_needed

__all__ = [
    "GAMES",
    "PUBLISHED",
    "Affordable",
    "Case",
    "Design",
    "Expected",
    "Game",
    "Need",
    "Pilot",
    "Plan",
    "Prospects",
    "plan_study",
    "read_pilot",
    "responses_needed",
    "study_prospects",
]
