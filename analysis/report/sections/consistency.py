"""How much people agree: split-half consistency."""

from analysis.consistency.split_half import SplitHalf
from analysis.readable import count, decimal, limits
from analysis.report.blocks import File, Section, Table, Text, Warnings
from analysis.report.numbers import Numbers
from analysis.report.phrases import equals, frame, with_limits
from analysis.report.sections.abstract import reliability
from analysis.report.sections.agreement import (
    agreement_files,
    category_agreement,
    chance_texts,
    component_blocks,
)
from analysis.report.sections.more_people import curve_blocks, curve_files
from analysis.scores.names import SCORE_TITLES


def consistency_section(numbers: Numbers) -> Section:
    """What split-half consistency is, and what it came to for every score."""
    return Section(
        heading="How much people agree",
        blocks=[
            Text(consistency_texts(numbers)),
            Warnings(consistency_warnings(numbers.consistency)),
            consistency_table(numbers),
            Text(chance_texts(numbers)),
            *curve_blocks(numbers),
            *component_blocks(numbers),
            *category_agreement(numbers),
        ],
        files=[
            File(
                "consistency.csv",
                frame(numbers.consistency),
                "split-half consistency of every score",
            ),
            *curve_files(numbers),
            *agreement_files(numbers),
        ],
    )


def consistency_texts(numbers: Numbers) -> list[str]:
    """What split-half consistency is, and what it came to."""
    split = numbers.main_consistency
    if split is None:
        return ["How much people agree cannot be told from these data."]
    halves = (
        "The hits and misses of each image were split in two random halves"
        if split.counts_only
        else "The people were split in two random halves (people, never single responses)"
    )
    told = limits(split.rho_low, split.rho_high)
    interval = f"95% confidence interval {told}; " if told else ""
    whole = limits(split.reliability_low, split.reliability_high)
    whole = f" ({whole})" if whole else ""
    return [
        f"{halves}, {split.n_splits:,} times, and the {numbers.score_label} of the images in one "
        f"half was correlated with that in the other. On average {equals('ρ', split.rho)} "
        f"({interval}{split.method.capitalize()}, {count(split.n_images, 'image')}, "
        f"{decimal(split.responses_per_half, 1)} responses per image and half). Single splits "
        f"differ from this by {decimal(split.spread, 3)} (standard deviation): that is "
        "Monte-Carlo spread, the luck of the split, and not a confidence interval.",
        "By the formula of Spearman and Brown the scores of everybody together have a "
        f"reliability of {reliability(split)}{whole}. ρ is how well half of the "
        "people tell what the other half will remember; R is how well everybody tells what as "
        "many other people would.",
    ]


def consistency_warnings(consistency: tuple[SplitHalf, ...]) -> list[str]:
    """What to keep in mind."""
    if any(split.counts_only for split in consistency):
        return [
            "Counts only. These data have counts for each image but no single responses, so the "
            "halves are drawn from the counts and differences between people are ignored. ρ and "
            "R are approximate, and may be too high or too low."
        ]
    return []


def consistency_table(numbers: Numbers) -> Table:
    """Split-half consistency of every score."""
    rows = [
        [
            SCORE_TITLES[c.score],
            with_limits(c.rho, limits(c.rho_low, c.rho_high)),
            decimal(c.spread, 3),
            with_limits(c.reliability, limits(c.reliability_low, c.reliability_high)),
            f"{c.n_images:,}",
            "not known" if c.n_participants is None else f"{c.n_participants:,}",
            decimal(c.responses_per_half, 1),
        ]
        for c in numbers.consistency
    ]
    columns = [
        "Score",
        "ρ, half against half",
        "Monte-Carlo spread of ρ",
        "R of everybody (Spearman–Brown)",
        "Images",
        "Participants",
        "Responses per image and half",
    ]
    return Table("Split-half consistency", columns, rows)
