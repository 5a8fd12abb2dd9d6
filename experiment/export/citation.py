"""What to cite with a study's data."""

from experiment.design.paradigms import Paradigm
from experiment.export.facts import Facts
from experiment.models import Study

JSPSYCH = (
    "de Leeuw, J. R., Gilbert, R. A., & Luchterhandt, B. (2023). jsPsych: Enabling an open-source "
    "collaborative ecosystem of behavioral experiments. Journal of Open Source Software, 8(85), "
    "5351. https://doi.org/10.21105/joss.05351"
)


def references(study: Study, facts: Facts) -> dict[str, str]:
    """What is cited: how. The names of those who collected the data are theirs to fill in."""
    from hitrate import __version__

    year = f"{facts.last_at:%Y}" if facts.last_at is not None else "YEAR"
    cited = {
        "These data": f"AUTHORS ({year}). {study.title} [Data set].",
        "The software": f"hitrate (version {__version__}) [Computer software].",
        "jsPsych": JSPSYCH,
    }
    source = Paradigm.from_dict(study.paradigm).source
    return cited | ({"The paradigm": source} if source else {})
