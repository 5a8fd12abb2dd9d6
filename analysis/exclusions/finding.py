"""Who is left out, by which rule and for which number: the codebook's table exclusions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.exclusions.rules import PUBLISHED, SCOPES, SIMPLE, Rule

COLUMNS = ("participant_id", "run_id", "level", "rule", "number", "decided_by")

Rules = Sequence[Rule | str] | Mapping[str, Sequence[Rule]]
Numbers = pd.DataFrame  # number and n_trials behind it, indexed by the scope's columns


def find_exclusions(dataset: Dataset, rules: Rules) -> pd.DataFrame:
    """Apply rules to all the trials of a dataset, whatever its own exclusions say.

    Parameters
    ----------
    dataset
        With trials.
    rules
        Rules, or names of those in :data:`analysis.exclusions.rules.PUBLISHED` and ``SIMPLE``; or
        names with rules, as these have them.

    Returns
    -------
    A row for everyone and everything that a rule leaves out, sorted: participant_id, run_id and
    level (missing where the rule is about more than one), rule, number (what the rule looked at; of
    a window the worst), decided_by. Put it into force with :func:`with_exclusions`.

    Raises
    ------
    AnalysisError
        If the dataset has no trials, a rule is not known, or it is about runs, levels or positions
        that the trials do not have.
    """
    if dataset.trials is None:
        raise AnalysisError(f"{dataset.path}: has no table trials to apply rules to")
    found = [_found(dataset.trials, rule) for rule in flat(rules)]
    order = ["participant_id", "run_id", "level", "rule"]
    table = pd.concat([_empty(), *found], ignore_index=True)
    return table.sort_values(order, na_position="first", ignore_index=True)


def can_judge(dataset: Dataset, rule: Rule) -> bool:
    """Whether the number that a rule looks at is known of anyone, so that it says something.

    It is not where no trial is of the kind that the rule counts (no vigilance images, no reaction
    times), where nobody has enough of them, or where runs, levels or a window's positions are
    missing.

    Raises
    ------
    AnalysisError
        If the dataset has no trials.
    """
    if dataset.trials is None:
        raise AnalysisError(f"{dataset.path}: has no table trials to apply rules to")
    needed = [*SCOPES[rule.scope], *([] if rule.window is None else ["position"])]
    if any(name not in dataset.trials or dataset.trials[name].isna().all() for name in needed):
        return False
    numbers = _numbers(dataset.trials, rule)
    return bool((numbers["number"].notna() & (numbers["n_trials"] >= rule.min_trials)).any())


def with_exclusions(
    dataset: Dataset, exclusions: pd.DataFrame, *, keep_own: bool = True
) -> Dataset:
    """The same dataset with these exclusions, which every score then leaves out.

    Parameters
    ----------
    dataset
        Its files stay as they are.
    exclusions
        As :func:`find_exclusions` gives them, or a frame with participant_id and rule at least;
        run_id, level and number are missing and decided_by is ``rule`` where it has no such column.
    keep_own
        Whether those that the dataset has already stay in force.

    Raises
    ------
    AnalysisError
        If a column is missing, or a participant is named that the dataset does not have.
    """
    for name in ("participant_id", "rule"):
        if name not in exclusions:
            raise AnalysisError(f"the exclusions have no column {name!r}")
    people = None
    if dataset.participants is not None:
        people = dataset.participants["participant_id"]
    elif dataset.trials is not None:
        people = dataset.trials["participant_id"]
    if people is not None:
        unknown = exclusions.loc[~exclusions["participant_id"].isin(people), "participant_id"]
        if len(unknown):
            raise AnalysisError(
                f"the exclusions name participant {unknown.iloc[0]!r}, whom {dataset.path} does "
                "not have"
            )
    tables = [_typed(exclusions)]
    if keep_own and dataset.exclusions is not None:
        tables.insert(0, _typed(dataset.exclusions))
    table = pd.concat(tables, ignore_index=True).drop_duplicates(ignore_index=True)
    return replace(dataset, exclusions=table)


def flat(rules: Rules) -> list[Rule]:
    """Rules in a list, from a list or by name."""
    if isinstance(rules, Mapping):
        return [rule for some in rules.values() for rule in some]
    known = {**PUBLISHED, **SIMPLE}
    found: list[Rule] = []
    for one in rules:
        if isinstance(one, Rule):
            found.append(one)
        elif one in known:
            found += known[one]
        else:
            raise AnalysisError(f"no rule is called {one!r}; there are {', '.join(known)}")
    return found


def _empty() -> pd.DataFrame:
    return _typed(pd.DataFrame({"participant_id": [], "rule": []}))


def _typed(exclusions: pd.DataFrame) -> pd.DataFrame:
    """The codebook's columns with its types."""
    table = exclusions.reindex(columns=list(COLUMNS))
    if "decided_by" not in exclusions:
        table["decided_by"] = "rule"
    kinds = dict.fromkeys(COLUMNS, "object") | {"level": "Int64", "number": "float64"}
    return table.astype(kinds)


def _found(trials: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """The exclusions of one rule."""
    numbers = _numbers(trials, rule)
    numbers = numbers[numbers["n_trials"] >= rule.min_trials].dropna(subset="number")
    is_wrong = {
        "above": numbers["number"] > rule.threshold,
        "at_or_above": numbers["number"] >= rule.threshold,
        "below": numbers["number"] < rule.threshold,
        "at_or_below": numbers["number"] <= rule.threshold,
    }[rule.side]
    wrong = numbers.loc[is_wrong, ["number"]].reset_index()
    return _typed(wrong.assign(rule=rule.name))


def _numbers(trials: pd.DataFrame, rule: Rule) -> Numbers:
    """The number that a rule looks at for everyone it is about."""
    asked = trials[(trials["phase"] != "study") | trials["is_repeat"]]
    keys = list(SCOPES[rule.scope])
    unknown = [key for key in keys if key not in trials or trials[key].isna().all()]
    if unknown:
        raise AnalysisError(
            f"the rule {rule.name} is about each {rule.scope}, and no trial has a {unknown[0]}; "
            "give the trials one, or leave the rule out"
        )
    repeats = asked[asked["is_repeat"] & ~asked["is_interrupted"]]
    firsts = asked[~asked["is_repeat"]]
    if rule.measure == "n_trials":
        size = asked.groupby(keys).size()
        return pd.DataFrame({"number": size.astype(float), "n_trials": size})
    if rule.measure == "rt_ms_median":
        times = asked[asked["rt_ms"].notna()].groupby(keys)["rt_ms"]
        return pd.DataFrame({"number": times.median(), "n_trials": times.size()})
    if rule.measure == "corrected_recognition":
        hits = _rates(repeats[repeats["role"] == "target"], keys)
        alarms = _rates(firsts[firsts["role"].isin(["target", "lure"])], keys)
        n = pd.concat([hits["n_trials"], alarms["n_trials"]], axis=1, join="inner").min(axis=1)
        return pd.DataFrame({"number": hits["number"] - alarms["number"], "n_trials": n})
    chosen: dict[str, pd.DataFrame] = {
        "vigilance_hit_rate": repeats[repeats["role"] == "vigilance"],
        "vigilance_miss_rate": repeats[repeats["role"] == "vigilance"],
        "filler_false_alarm_rate": firsts[firsts["role"] == "filler"],
        "false_alarm_rate": firsts,
        "hit_rate": repeats[repeats["role"] == "target"],
        "press_rate": asked,
    }
    counted = chosen[rule.measure]
    counted = counted.assign(responded=counted["responded"].astype(float))
    if rule.measure == "vigilance_miss_rate":
        counted = counted.assign(responded=1 - counted["responded"])
    if rule.window is None:
        return _rates(counted, keys)
    return _worst_windows(counted, keys, rule)


def _rates(trials: pd.DataFrame, keys: list[str]) -> Numbers:
    groups = trials.groupby(keys)["responded"]
    return pd.DataFrame({"number": groups.mean().astype(float), "n_trials": groups.size()})


def _worst_windows(trials: pd.DataFrame, keys: list[str], rule: Rule) -> Numbers:
    """The lowest or highest rate in any window of trials on end; missing where none is full."""
    if "position" not in trials:
        raise AnalysisError(
            f"rule {rule.name!r} looks at {rule.window} trials on end, but the trials have no "
            "positions"
        )
    window = int(rule.window or 1)
    inorder = trials.sort_values([*keys, "position"])
    place = inorder.groupby(keys).cumcount()
    so_far = inorder.groupby(keys)["responded"].cumsum()
    before = so_far.shift(window).where(place >= window, 0.0)
    rate = ((so_far - before) / window).where(place >= window - 1)
    groups = inorder.assign(rate=rate).groupby(keys)
    worst = groups["rate"].min() if rule.side.endswith("below") else groups["rate"].max()
    return pd.DataFrame({"number": worst, "n_trials": groups.size()})
