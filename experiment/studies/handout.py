"""What a researcher copies into the recruiter's own form, under the names that it has there."""

from collections.abc import Iterator
from dataclasses import dataclass

from experiment.models import Study
from experiment.models.people import OUTCOMES
from experiment.recruitment.arrivals import recruitment_of
from experiment.settings import Settings
from experiment.studies.check import PARAMETERS

# How Prolific names the ends of a submission when it asks for a completion code.
PROLIFIC_CODES = {
    "completed": "Completed study (COMPLETED)",
    "attention": "Failed attention check (FAILED_ATTENTION_CHECK)",
    "stopped": "Other: stopped at a rest (OTHER)",
    "screened_out": "Screened out (FIXED_SCREENOUT)",
    "no_consent": "No consent (NO_CONSENT)",
    "full": "Other: the study was full (OTHER)",
}
ENDINGS = {
    "completed": "Played to the end",
    "attention": "Ended by an attention rule",
    "stopped": "Stopped at a rest",
    "screened_out": "Screened out by an answer",
    "no_consent": "Did not consent",
    "full": "Came when the study was full",
}
MTURK = """\
<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/\
2006-07-14/ExternalQuestion.xsd">
  <ExternalURL>{url}</ExternalURL>
  <FrameHeight>0</FrameHeight>
</ExternalQuestion>"""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to copy."""

    label: str  # what the recruiter's form calls it
    text: str
    hint: str = ""


def handout(study: Study, settings: Settings) -> list[Item]:
    """Everything to copy for where this study's people come from."""
    return list(items(study, f"{settings.public_url}/s/{study.slug}"))


def items(study: Study, url: str) -> Iterator[Item]:
    """The address and codes, a thing at a time."""
    recruitment = recruitment_of(study)
    codes = recruitment.get("codes", {})
    match recruitment["kind"]:
        case "prolific":
            yield Item(
                "Study URL",
                url + PARAMETERS["prolific"],
                "Under “How do you want to record Prolific IDs?” choose “I'll use URL parameters”, "
                "and leave the names as they are here.",
            )
            for outcome in OUTCOMES:
                if outcome in codes:
                    yield Item(
                        f"Completion code: {PROLIFIC_CODES[outcome]}",
                        codes[outcome],
                        "People are led back to Prolific by themselves (“Redirect participants "
                        "using a URL”)."
                        if outcome == "completed"
                        else "",
                    )
            return
        case "mturk":
            yield Item(
                "Question (ExternalQuestion)",
                MTURK.format(url=url),
                "For create-hit of the AWS command line or boto3; the page opens within the HIT "
                "and submits it.",
            )
        case "sona":
            yield Item(
                "Study URL",
                url + PARAMETERS["sona"],
                "SONA puts each person's code in the place of %SURVEY_CODE%.",
            )
            credited = ", ".join(ENDINGS[o].lower() for o in recruitment["credited"])
            yield Item(
                "Completion URL (client-side), which hitrate calls for you",
                f"https://{recruitment['host']}/webstudy_credit.aspx?experiment_id="
                f"{recruitment['experiment_id']}&credit_token={recruitment['credit_token']}"
                "&survey_code=XXXX",
                f"It must be the one on the study's page at SONA. Credited: {credited}.",
            )
        case "redirect":
            name = recruitment.get("id_parameter")
            yield Item(
                "Address of the study",
                url if name is None else f"{url}?{name}=",
                "The panel appends what it knows people by; everything that comes in is kept.",
            )
            for outcome, target in recruitment["redirects"].items():
                yield Item(f"{ENDINGS[outcome]}: people are sent to", target)
        case "lab":
            yield Item(
                "One link for everybody",
                url,
                "Or make a link for each person below: then each takes part once, and can go on "
                "later.",
            )
        case _:
            yield Item("Address of the study", url, "Whoever has it can take part.")
    for outcome in OUTCOMES:
        if outcome in codes:
            yield Item(f"Code: {ENDINGS[outcome]}", codes[outcome])
