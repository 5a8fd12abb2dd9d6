"""How it was done, and with what: a methods paragraph, software, fingerprints, licences."""

from typing import Any

from analysis.comparison.verdict import called
from analysis.dataset import Dataset
from analysis.models.registry import MODELS
from analysis.report.blocks import Facts, Section, Text
from analysis.report.numbers import Numbers
from analysis.report.phrases import counted
from analysis.report.record import hitrate_version
from analysis.report.sections.attention import attention_words
from analysis.report.sections.model_methods import model_methods
from analysis.report.sections.people_methods import people_methods


def methods_section(numbers: Numbers) -> Section:
    """The methods as a paper tells them, and the facts behind."""
    return Section("Methods", [Text(methods(numbers)), Facts(facts(numbers))])


def methods(numbers: Numbers) -> list[str]:
    """How it was done, as a methods section would tell it."""
    label = numbers.score_label
    texts = [paradigm_words(numbers.dataset), *attention_words(numbers.dataset)]
    reasons = "; ".join(f"{counted(part)} ({part.reason})" for part in numbers.left_out)
    texts.append(f"Left out: {reasons}." if reasons else "Nothing was left out.")
    texts.append(
        "Scores are of target images. The hit rate of an image is its hits divided by its valid "
        "repeats, its false-alarm rate the responses to its first showing divided by those "
        "showings, corrected recognition the difference of the two, d′ that of their normal "
        "quantiles, with half a response added to each count and one to each number of showings. "
        "The intervals of rates are Wilson's (95%), those of corrected recognition Newcombe's "
        "hybrid score intervals"
        + (
            "."
            if numbers.participants is None
            else ", those of d′ ± t standard errors from 1,000 resamples of participants."
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
    texts += people_methods(numbers)
    if any(c.intervals for c in numbers.comparisons) or any(
        c.interval for c in numbers.consistency
    ):
        others = (
            "other images, for these responses only"
            if any(c.counts_only for c in numbers.consistency)
            else "other people and other images, two-factor variance (Schütt et al. 2023)"
        )
        texts.append(
            f"The 95% intervals of correlations are the estimate ± Student's t times the standard "
            f"error ({others}; people by a delete-d jackknife, images by the infinitesimal "
            "jackknife), on Fisher's z; those of differences without it, that of d is Fieller's "
            "(1954), and that of the reliability follows from that of ρ."
        )
    if numbers.comparisons:
        texts.append(
            "Models were compared with people by Spearman's rank correlation of their "
            f"predictions with the {label}: with each half of the people on the same splits, "
            "beside the correlation of the halves and its ceiling √ρ; and with the scores of "
            "everybody, beside its ceiling √R. The correlation with people's true scores is the "
            "one divided by its ceiling."
        )
    return texts + model_methods(numbers)


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
            ("n_lures", "lures"),
        )
        if isinstance(paradigm.get(key), int) and (key != "n_lures" or paradigm[key])
    ]
    if counts:
        n_levels = paradigm.get("n_levels", 1)
        where = f"Each of up to {n_levels} levels of a run" if n_levels != 1 else "A run"
        text += f" {where} had {', '.join(counts)}."
    if lags := lag_words(paradigm.get("target_lags")):
        text += f" Targets came back after {lags} trials."
    if deviations:
        text += f" Deviations: {'; '.join(deviations)}."
    return text


def lag_words(lags: Any) -> str:
    """“36 to 151”, or of several ranges “5 to 10 or 50 to 60”; "" for what is neither."""
    if not isinstance(lags, (list, tuple)):
        return ""
    if [type(lag) for lag in lags] == [int, int]:
        return f"{lags[0]} to {lags[1]}"
    ranges = [part.get("lags") for part in lags if isinstance(part, dict)]
    return " or ".join(filter(None, map(lag_words, ranges)))


def facts(numbers: Numbers) -> list[tuple[str, str]]:
    """Software, fingerprints and licences."""
    meta = numbers.dataset.meta
    found = [
        ("Report", f"hitrate {hitrate_version()}, {numbers.n_splits:,} splits, seed {numbers.seed}")
    ]
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
    return found
