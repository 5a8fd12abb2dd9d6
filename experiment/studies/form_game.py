"""A game, its display and its attention rules as the fields of a form, there and back again."""

from collections.abc import Mapping
from typing import Any

from experiment.design.presets import PRESETS
from experiment.studies.form_rows import (
    ROWS,
    Fields,
    filled,
    number,
    rows_in,
    rows_of,
    shown,
    ticked,
    whole,
    without_rows,
)

WHOLE = (
    *("stimulus_ms", "gap_ms", "n_targets", "n_fillers", "n_vigilance", "early_key_ms"),
    *("n_lures", "n_levels", "most_ended_levels", "n_returning", "feedback_ms"),
)
WORDS = ("target_lag_distribution", "vigilance_lag_distribution", "phases", "rests", "feedback")
LAGS = ("target_lags", "vigilance_lags")
RULE_WORDS = ("name", "measure", "fires", "scope", "when", "action", "discards")


def paradigm_fields(values: Mapping[str, Any]) -> Fields:
    """The fields of a game, its display and its attention rules, from `Paradigm.to_dict`."""
    fields = {f"paradigm.{key}": shown(values[key]) for key in (*WHOLE, *WORDS)}
    fields["paradigm.source"] = values["source"]
    fields["paradigm.keys"] = " ".join("space" if key == " " else key for key in values["keys"])
    for key in LAGS:
        lags = values[key]
        bins = [{"lags": lags, "share": 1}] if isinstance(lags[0], int) else lags
        rows = [
            {
                "shortest": shown(one["lags"][0]),
                "longest": shown(one["lags"][1]),
                "share": shown(one["share"]),
            }
            for one in bins
        ]
        fields |= rows_in(f"paradigm.{key}", rows)
    earliest, latest = values["return_after_hours"]
    fields["paradigm.return_earliest"] = shown(earliest)
    fields["paradigm.return_latest"] = shown(latest)
    display = values["display"]
    for key in ("size_px", "size_deg", "distance_cm", "crop", "background"):
        fields[f"display.{key}"] = shown(display[key])
    fields |= ticked({"paradigm.shows_score": values["shows_score"]})
    fields |= ticked({"display.fixation": display["fixation"]})
    rules = [{key: shown(rule[key]) for key in rule} for rule in values["attention"]]
    return fields | rows_in("attention", rules)


def paradigm_values(one: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tables [paradigm] and [display].

    Where another published game has just been chosen, what was as published in the one that was
    shown follows the new one, and only the researcher's own changes stay.
    """
    preset, shown_preset = one.get("paradigm.preset", ""), one.get("shown_preset", "")
    as_shown = paradigm_fields(PRESETS[shown_preset].to_dict()) if shown_preset in PRESETS else {}
    if preset in PRESETS and preset != shown_preset:
        as_new = paradigm_fields(PRESETS[preset].to_dict())
        one = following(one, as_shown, as_new)
    game: dict[str, Any] = {"preset": preset} if preset else {"source": one.get("paradigm.source")}
    game |= {key: whole(one.get(f"paradigm.{key}", "")) for key in WHOLE}
    game |= {key: one.get(f"paradigm.{key}") for key in WORDS}
    game |= {key: lags_from(one, key) for key in LAGS}
    keys = one.get("paradigm.keys", "").split()
    game["keys"] = [" " if key.lower() == "space" else key for key in keys] or None
    hours = [number(one.get(f"paradigm.return_{end}", "")) for end in ("earliest", "latest")]
    if hours != [None, None]:
        game["return_after_hours"] = [0 if hours[0] is None else hours[0], *hours[1:]]
        game["return_after_hours"] = [h for h in game["return_after_hours"] if h is not None]
    game["shows_score"] = "paradigm.shows_score" in one
    game["attention"] = [rule_from(row) for row in rows_of(one, "attention")]
    display = {
        "size_px": whole(one.get("display.size_px", "")),
        "size_deg": number(one.get("display.size_deg", "")),
        "distance_cm": number(one.get("display.distance_cm", "")),
        "crop": one.get("display.crop"),
        "background": one.get("display.background"),
        "fixation": "display.fixation" in one,
    }
    if preset in PRESETS:
        published = PRESETS[preset].to_dict()
        game = {key: v for key, v in game.items() if key == "preset" or v != published[key]}
        display = {key: v for key, v in display.items() if v != published["display"][key]}
        was = [h for h in published["return_after_hours"] if h is not None]
        if game.get("return_after_hours") == was:
            del game["return_after_hours"]
    return game, display


def following(one: Mapping[str, str], as_shown: Fields, as_new: Fields) -> Fields:
    """The fields with those of the game replaced that were as published in the game shown before;
    rows follow together."""
    kept = dict(one)
    is_game = ("paradigm.", "display.", "attention.")
    of_rows = tuple(f"{rows}." for rows in ROWS)
    single = {key for key in {*kept, *as_shown, *as_new} if key.startswith(is_game)}
    for key in single - {"paradigm.preset", "paradigm.source"}:
        if not key.startswith(of_rows) and kept.get(key) == as_shown.get(key):
            kept.pop(key, None)
            kept |= {key: as_new[key]} if key in as_new else {}
    for rows in ROWS[:3]:
        if rows_of(kept, rows) == rows_of(as_shown, rows):
            kept = without_rows(kept, rows) | rows_in(rows, rows_of(as_new, rows))
    return kept


def lags_from(one: Mapping[str, str], key: str) -> Any:
    """A pair of lags, or several ranges with their shares; None where nothing is filled in."""
    rows = [row for row in rows_of(one, f"paradigm.{key}") if row.get("shortest") or row["longest"]]
    bins = [
        filled(
            {
                "lags": [whole(row.get("shortest", "")), whole(row.get("longest", ""))],
                "share": number(row.get("share", "")),
            }
        )
        for row in rows
    ]
    return bins[0]["lags"] if len(bins) == 1 else bins or None


def rule_from(row: Mapping[str, str]) -> dict[str, Any]:
    """One of the tables [[paradigm.attention]]."""
    return filled(
        {key: row.get(key) for key in RULE_WORDS}
        | {"threshold": number(row.get("threshold", ""))}
        | {key: whole(row.get(key, "")) for key in ("last", "n_least")}
    )
