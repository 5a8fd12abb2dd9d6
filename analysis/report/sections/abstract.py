"""The report in a paragraph, what a reader must know first, and a few headline numbers."""

import math

from analysis.comparison.verdict import called, is_telling
from analysis.consistency.split_half import SplitHalf
from analysis.readable import count, decimal, limits, percent
from analysis.report.blocks import Headlines, Section, Text, Warnings
from analysis.report.numbers import Numbers
from analysis.report.phrases import equals
from analysis.report.sections.familiarity import forgetting
from analysis.scores.names import SCORE_NAMES


def abstract_section(numbers: Numbers) -> Section:
    """The first section, without a heading."""
    return Section(
        heading=None,
        blocks=[
            Text([abstract(numbers)], "abstract"),
            Warnings(flags(numbers)),
            Headlines(headlines(numbers)),
        ],
    )


def people_words(numbers: Numbers) -> str:
    """Who the scores are from."""
    simulated = numbers.dataset.meta.get("includes", {}).get("simulated", False)
    kind = " (simulated participants included)" if simulated else ""
    if numbers.n_participants is None:
        return "People" + kind
    return count(numbers.n_participants, "person", "people").capitalize() + kind


def abstract(numbers: Numbers) -> str:
    """The whole report in three sentences."""
    main = next(s for s in numbers.summaries if s.score == numbers.score)
    by_name = {s.score: s for s in numbers.summaries}
    opening = f"{people_words(numbers)} played with {count(main.n_images, 'image')}"
    if main.responses_per_image is not None:
        opening += f", {decimal(main.responses_per_image, 0)} responses to each on average"
    if {"hit_rate", "false_alarm_rate"} <= by_name.keys():
        hit, alarm = by_name["hit_rate"], by_name["false_alarm_rate"]
        opening += (
            f"; an image was recognised by {percent(hit.mean)} when it came back, and taken for "
            f"an old one by {percent(alarm.mean)} when it was new (means over images)."
        )
    else:
        opening += f"; the mean {numbers.score_label} is {decimal(main.mean)}."
    sentences = [opening]
    split = numbers.main_consistency
    if split is not None and not math.isnan(split.rho):
        sentences.append(agreement(split, numbers.score_label))
    for result in numbers.comparisons:
        if math.isnan(result.corr_half) or math.isnan(result.corr_all):
            continue  # its verdict says why
        name = called(result.model)
        if not is_telling(result):
            sentences.append(
                f"How well {name} predicts them, these data cannot tell, because the people's own "
                "agreement is not certain to be above 0."
            )
            continue
        sentences.append(
            f"{name}'s rank correlation with one half of the people is "
            f"{decimal(result.corr_half)} (another half reaches {decimal(result.rho)}); with all "
            f"of them it is {decimal(result.corr_all)} (the best that any model could reach is "
            f"estimated at {decimal(result.ceiling_all)})."
        )
        if result.disattenuated_all > 1:
            sentences.append(
                "No model can be better than the best: that estimate is too low here, or the "
                "model's correlation is high by chance."
            )
    sentences += [result.verdict[0] for result in numbers.of_models.scores_alone]
    return " ".join(sentences)


def agreement(split: SplitHalf, label: str) -> str:
    """Whether people agree, in a sentence."""
    told = limits(split.rho_low, split.rho_high)
    if split.rho_low is not None and split.rho_low <= 0:
        return (
            "Whether two random halves of the people rank the images alike, these data cannot "
            f"tell: {equals('ρ', split.rho)} (95% interval {told}, {label})."
        )
    return (
        f"Two random halves of the people rank the images alike with {equals('ρ', split.rho)} "
        f"({label}), which gives everybody's scores together a reliability of "
        f"{reliability(split)}."
    )


def reliability(split: SplitHalf) -> str:
    """“R = 0.80”; a share of variance that is estimated below 0 is not told as a number."""
    return equals("R", split.reliability) if split.reliability >= 0 else "R\u00a0≤\u00a00"


def flags(numbers: Numbers) -> list[str]:
    """What a reader must know before the first number."""
    found = [*forgetting(numbers), *numbers.problems]
    includes = numbers.dataset.meta.get("includes") or {}
    if includes.get("simulated"):
        found.append("Simulated participants are included: these are not only people's memories.")
    if includes.get("preview"):
        found.append("Preview participants are included, who only tried the game out.")
    if any(c.counts_only for c in numbers.consistency):
        found.append(
            "Counts only: there are no single responses, so the consistency of people is "
            "approximate."
        )
    return found


def headlines(numbers: Numbers) -> list[tuple[str, str]]:
    """The few numbers that everybody asks for."""
    main = next(s for s in numbers.summaries if s.score == numbers.score)
    found = []
    if numbers.n_participants is not None:
        found.append((f"{numbers.n_participants:,}", "participants"))
    found.append((f"{main.n_images:,}", "images with a score"))
    found += [
        (percent(s.mean), f"mean {SCORE_NAMES[s.score]}")
        for s in numbers.summaries
        if s.score in ("hit_rate", "false_alarm_rate")
    ]
    split = numbers.main_consistency
    if split is not None:
        found.append((decimal(split.rho), f"ρ, half against half ({numbers.score_label})"))
        whole = decimal(split.reliability) if split.reliability >= 0 else "≤ 0"
        found.append((whole, "R, reliability of everybody's scores"))
    return found
