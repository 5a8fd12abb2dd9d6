"""The report's sentences. Numbers come in unrounded and are rounded here, for reading only."""

import math

from analysis.comparison import Comparison
from analysis.consistency import SplitHalf
from analysis.dataset import Dataset
from analysis.readable import count, decimal, limits, percent
from analysis.report.left_out import LeftOut
from analysis.report.numbers import Numbers
from analysis.verdict import called, is_telling


def equals(symbol: str, value: float) -> str:
    """“ρ = 0.67” with spaces at which no line breaks."""
    return f"{symbol}\u00a0=\u00a0{decimal(value)}"


def counted(part: LeftOut) -> str:
    """“12 trials”, “1 participant”."""
    return count(part.count, part.what.removesuffix("s"))


def limits_of(result: Comparison, name: str) -> str:
    """The interval of one number of a comparison."""
    interval = result.intervals.get(name)
    return "" if interval is None else limits(interval.low, interval.high)


def with_limits(value: float, told: str, digits: int = 3) -> str:
    """“0.445 (0.31 to 0.52)”."""
    return decimal(value, digits) + (f" ({told})" if told else "")


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


def trap() -> list[str]:
    """The comparison that is wrong, in words."""
    return [
        "Read each scale by itself. A model's correlation with all of the people must not be "
        "held against ρ, the correlation of two halves. Everybody's scores are less noisy than "
        "half of them, so any prediction correlates more with everybody than with a half; held "
        "against ρ, a model “beats humans” by arithmetic alone. ρ is what another half of the "
        "people reaches; it is not a ceiling for models. The ceilings are √ρ against a half and "
        "√R against everybody."
    ]


def methods(numbers: Numbers) -> list[str]:
    """How it was done, as a methods section would tell it."""
    label = numbers.score_label
    texts = [paradigm_words(numbers.dataset)]
    reasons = "; ".join(f"{counted(part)} ({part.reason})" for part in numbers.left_out)
    texts.append(f"Left out: {reasons}." if reasons else "Nothing was left out.")
    texts.append(
        "Scores are of target images. The hit rate of an image is its hits divided by its valid "
        "repeats, its false-alarm rate the responses to its first showing divided by those "
        "showings, corrected recognition the difference of the two, d′ that of their normal "
        "quantiles, with half a response added to each count and one to each number of showings. "
        "The intervals of rates are Wilson's (95%); those of corrected recognition "
        + (
            "are Newcombe's hybrid score intervals."
            if numbers.participants is None
            else "and d′ come from 1,000 resamples of participants."
        )
    )
    if numbers.consistency:
        halves = "drawn from the counts" if numbers.participants is None else "of the participants"
        texts.append(
            f"Consistency is the mean of {numbers.n_splits:,} Spearman correlations between "
            f"random halves {halves} (average ranks for ties; averaged plainly); an image enters "
            "a split where both halves have a response to it. Reliability follows from it by "
            "the Spearman–Brown formula."
        )
    if any(c.intervals for c in numbers.comparisons) or any(
        c.interval for c in numbers.consistency
    ):
        resampled = (
            "images resampled, for these responses only"
            if any(c.counts_only for c in numbers.consistency)
            else "people and images resampled, two-factor variance (Schütt et al. 2023)"
        )
        texts.append(
            f"The 95% intervals of correlations are the estimate ± 1.96 bootstrap standard errors "
            f"({resampled}), on Fisher's z; those of differences and of d without it, and that of "
            "the reliability follows from that of ρ."
        )
    if numbers.comparisons:
        texts.append(
            "Models were compared with people by Spearman's rank correlation of their "
            f"predictions with the {label}: with each half of the people on the same splits, "
            "beside the correlation of the halves and its ceiling √ρ; and with the scores of "
            "everybody, beside its ceiling √R. The correlation with people's true scores is the "
            "one divided by its ceiling."
        )
    return texts


def paradigm_words(dataset: Dataset) -> str:
    """The game in a sentence or two, as far as dataset.json knows it."""
    paradigm = dataset.meta.get("paradigm")
    if not isinstance(paradigm, dict):
        return "How the responses were collected is not recorded in the dataset."
    name = paradigm.get("name")
    text = "People saw a stream of images and pressed a key when an image came back"
    deviations = [str(one) for one in dataset.meta.get("paradigm_deviations") or []]
    text += f" (paradigm {name}" if name else " (a paradigm without a name"
    text += ", with deviations" if deviations else ""
    text += f", after {str(paradigm['source']).rstrip('.')})." if paradigm.get("source") else ")."
    if isinstance(paradigm.get("stimulus_ms"), (int, float)):
        text += f" Each image was shown for {paradigm['stimulus_ms']:g} ms"
        gap = paradigm.get("gap_ms")
        text += f", followed by {gap:g} ms without one." if isinstance(gap, (int, float)) else "."
    counts = [
        f"{paradigm[key]} {word}"
        for key, word in (
            ("n_targets", "targets"),
            ("n_fillers", "fillers"),
            ("n_vigilance", "vigilance images"),
        )
        if isinstance(paradigm.get(key), int)
    ]
    if counts:
        text += f" A run had {', '.join(counts)}."
    lags = paradigm.get("target_lags")
    if isinstance(lags, (list, tuple)) and len(lags) == 2:
        text += f" Targets came back after {lags[0]} to {lags[1]} trials."
    if deviations:
        text += f" Deviations: {'; '.join(deviations)}."
    return text
