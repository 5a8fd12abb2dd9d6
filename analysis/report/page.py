"""The report's page: what the template shows, section by section, as text and pictures."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from analysis.models.registry import MODELS
from analysis.readable import count, decimal, percent
from analysis.report import tables, words
from analysis.report.familiarity import familiarity, forgetting
from analysis.report.figures import MOST_POINTS
from analysis.report.galleries import GALLERY, STRIP, evenly, ranking, residuals, tile
from analysis.report.numbers import Numbers
from analysis.score_names import SCORE_NAMES
from analysis.verdict import called


def context(
    numbers: Numbers,
    pictures: Mapping[str, str],
    made_at: dt.datetime,
    version: str,
) -> dict[str, Any]:
    """Everything that the template says."""
    dataset = numbers.dataset
    split = numbers.main_consistency
    return {
        "version": version,
        "title": dataset.title,
        "notice": dataset.notice,
        "byline": f"{dataset.name} · made on {made_at:%-d %B %Y} with hitrate {version}",
        "abstract": words.abstract(numbers),
        "flags": flags(numbers),
        "any_picture": bool(pictures),
        "headlines": headlines(numbers),
        "left_out": {
            "texts": []
            if numbers.left_out
            else ["Nothing: every person, trial and image of the dataset enters the scores."],
            "rows": tables.left_out_table(numbers),
        },
        "people": people(numbers, pictures),
        "consistency": {
            "texts": words.consistency_texts(numbers),
            "warnings": words.consistency_warnings(numbers.consistency),
            "rows": tables.consistency_table(numbers),
        },
        "models": models(numbers, pictures) if numbers.models() else None,
        "methods": {"texts": words.methods(numbers), "facts": facts(numbers, version)},
        "colophon": f"hitrate {version} · "
        f"{count(split.n_splits, 'split') if split else 'no splits'}, seed {numbers.seed} · "
        f"{made_at:%Y-%m-%d %H:%M} UTC",
    }


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


def headlines(numbers: Numbers) -> list[dict[str, str]]:
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
    return [{"value": value, "label": label} for value, label in found]


def people(numbers: Numbers, pictures: Mapping[str, str]) -> dict[str, Any]:
    """The section on what people remembered."""
    label, ordered = numbers.score_label, ranking(numbers)
    main = next(s for s in numbers.summaries if s.score == numbers.score)
    strip = evenly(ordered, STRIP)
    most, least = "most memorable", "least memorable"
    if numbers.score == "false_alarm_rate":
        most, least = "most often taken for old when new", "least often"
    which = f"{len(strip)} of {len(ordered)} images" if len(strip) < len(ordered) else "All images"
    half = min(GALLERY, len(ordered) // 2)
    n_rows = len(numbers.images)
    hint = "Press a column's name to sort by it."
    if n_rows > tables.MOST_ROWS:
        hint += (
            f" The {tables.MOST_ROWS:,} images with the highest {label} are here; all {n_rows:,} "
            "are in image_scores.csv."
        )
    n_responses = decimal(main.responses_per_image, 1)
    text = f"The mean {label} of {count(main.n_images, 'image')} is {decimal(main.mean)}"
    text += f" (lowest {decimal(main.least)}, highest {decimal(main.most)})"
    if main.responses_per_image is not None:
        text += f", from {n_responses} responses to each image on average"
    return {
        "texts": [text + "."],
        "summary": tables.summary_table(numbers),
        "ranked_label": f"Images sorted by {label}",
        "ranked_caption": "Every dot is an image, from the highest to the lowest "
        f"{label}; the lines are 95% intervals. Where neighbours' lines overlap widely, their "
        "order is not certain.",
        "strip_caption": f"{which}, sorted by {label}"
        + (", evenly chosen by rank." if len(strip) < len(ordered) else "."),
        "strip_heading": f"From {most} to {least}",
        "most_heading": most[:1].upper() + most[1:],
        "least_heading": least[:1].upper() + least[1:],
        "strip": [tile(numbers, i, pictures) for i in strip],
        "most": [tile(numbers, i, pictures) for i in ordered[:half]],
        "least": [tile(numbers, i, pictures) for i in ordered[::-1][:half]],
        "familiarity": familiarity(numbers),
        "familiarity_caption": "Every dot is an image. Upper left: remembered, and seldom taken "
        "for old when new. Upper right: pictures that people say they know in any case.",
        "pickable": len(ordered) <= MOST_POINTS,
        "table_hint": hint,
        "participants_hint": "Each person's own trials with target images.",
    }


def models(numbers: Numbers, pictures: Mapping[str, str]) -> dict[str, Any]:
    """The section on models."""
    names = [called(m) for m in numbers.models()]
    return {
        "heading": "The model against people" if len(names) == 1 else "The models against people",
        "texts": [
            "There are two fair questions, each with its own yardstick. A: is the model as good "
            "as another half of the people? Then both predict the same half. B: how near is it "
            "to the best that any model could do? Then it is held against everybody's scores "
            "and the ceiling that their noise sets."
        ]
        if numbers.comparisons
        else [],
        "scales_caption": "Compare within a band, never across the two: what a model reaches "
        "against everybody must not be held against ρ. Circles are people, diamonds are models, "
        "upright strokes are the most that any model could reach given the noise in people's "
        "scores."
        + (
            " Thick lines are 95% confidence intervals."
            if any(c.intervals for c in numbers.comparisons)
            else ""
        ),
        "verdicts": [{"texts": c.verdict, "warnings": c.warnings} for c in numbers.comparisons],
        # A comparison's own warning tells of the trap with its numbers, where they lead into it.
        "trap": []
        if any(c.corr_all > c.rho > 0 for c in numbers.comparisons) or not numbers.comparisons
        else words.trap(),
        "rows": tables.comparison_table(numbers),
        "each": [one_model(numbers, i, m, pictures) for i, m in enumerate(numbers.models())],
    }


def one_model(numbers: Numbers, i: int, model: str, pictures: Mapping[str, str]) -> dict[str, Any]:
    """The figures and galleries of one model."""
    title, label = called(model), numbers.score_label
    card = MODELS.get(model)
    errors = residuals(numbers, model)
    half = min(GALLERY, len(errors) // 2)
    texts = []
    if card is not None:
        texts.append(f"{title} predicts {card.predicts}. It was trained on {card.trained_on}.")
        texts.append(f"Licence of its weights and scores: {card.licence}.")
    n_points = len(errors)
    many = n_points > MOST_POINTS
    both = numbers.images.loc[errors.index, [numbers.score, f"prediction_{model}"]].astype(float)
    (mean, predicted), (sd, spread) = both.mean(), both.std(ddof=1)
    lines = f"Upright lines are the means: {decimal(mean)} and {decimal(predicted)} "
    lines += f"(standard deviations {decimal(sd)} and {decimal(spread)})."
    return {
        "under_heading": f"People rank these higher than {title} does",
        "over_heading": f"People rank these lower than {title} does",
        "heading": title,
        "texts": texts,
        "scatter": f"scatter-{i}",
        "pickable": not many,
        "scatter_caption": f"People's {label} against the prediction of {title}, "
        f"{count(n_points, 'image')}. "
        + (
            "There are too many for single dots: the stronger the colour, the more images."
            if many
            else "Every dot is an image; the line on a chosen one is the 95% interval of people's "
            "score."
        ),
        "distributions": f"distributions-{i}",
        "distributions_label": f"Distributions of people's {label} and of {title}'s predictions",
        "distributions_caption": f"How people's {label} and the predictions of {title} spread "
        f"over the images, on one axis. {lines} People's scores also spread by chance, a "
        "prediction does not.",
        "under": [tile(numbers, j, pictures, model) for j in errors.index[:half]],
        "over": [tile(numbers, j, pictures, model) for j in errors.index[::-1][:half]],
        "gallery_caption": "Sorted by the difference of the ranks that people and the model "
        "give to an image, the largest first.",
    }


def facts(numbers: Numbers, version: str) -> list[dict[str, str]]:
    """Software, fingerprints and licences."""
    meta = numbers.dataset.meta
    found = [("Report", f"hitrate {version}, {numbers.n_splits:,} splits, seed {numbers.seed}")]
    software = meta.get("software")
    if isinstance(software, dict) and software.get("name"):
        found.append(
            ("Data written by", f"{software['name']} {software.get('version', '')}".strip())
        )
    if meta.get("licence"):
        found.append(("Licence of the data", str(meta["licence"])))
    licences = numbers.dataset.images["licence"].dropna().unique()
    if len(licences):
        shown = ", ".join(map(str, licences[:8])) + (" and others" if len(licences) > 8 else "")
        found.append(("Licences of the images", shown))
    for model in numbers.models():
        title, card = called(model), MODELS.get(model)
        rows = numbers.predictions[numbers.predictions["model"] == model]  # type: ignore[index] # models() is empty without
        prints = rows["fingerprint"].dropna().unique()
        if len(prints):
            found.append((f"{title}, fingerprint", ", ".join(map(str, prints[:3]))))
        if card is not None:
            weights = f"{card.weights.distribution} {card.weights.version}, {card.weights.file}, "
            found += [
                (f"{title}, weights", f"{weights}sha256 {card.weights.sha256}"),
                (f"{title}, pixels", card.input),
                (f"{title}, licence", card.licence),
                (f"{title}, reference", card.reference),
            ]
        else:
            found.append((f"{title}, licence", "not known to hitrate; ask who made the model"))
    return [{"name": name, "value": value} for name, value in found]
