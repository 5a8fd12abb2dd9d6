"""How much consistency and models' correlations would vary with other people and other images.

Schütt, Kipnis, Diedrichsen and Kriegeskorte (2023, eLife 12:e82566) take the variance over both
factors from v_N (people resampled), v_I (images) and v_NI (both):

    v = N/(N−1)·v_N + I/(I−1)·v_I − NI/((N−1)(I−1))·(v_NI − v_N − v_I)

Here the same three terms come with less noise and less bias than from three bootstraps.

- Images: v_I is Σ c² of the images' contributions c (:mod:`analysis.intervals.influence`).
- People: v_N comes from sets that lack d of the N people, (N − d)/d times the variance over sets
  (the delete-d jackknife, Shao and Wu 1989). It holds the factor N/(N−1) already. Nobody is there
  twice, and a sixth fewer people leave few images without responses. Resampling with replacement
  loses a third of the people and halves the length of the test.
- Both: v_NI − v_N − v_I is what of a joint resampling is neither; with contributions, it is the
  variance over sets of each image's contribution, summed over images.

All sets are split by the same divisions of the people, and what the choice of divisions adds is
subtracted as in an analysis of variance (sets × splits), so that few divisions are enough.

ρ holds products of two people's responses. They are counted once in v_I, and at least twice both
in v_N and in the joint term, so that the sum counts them once. Therefore v is kept from falling
below the images' term, but not below v_N: that made intervals √3 times too wide without agreement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.consistency.reliability import spearman_brown
from analysis.intervals.influence import Ranked, contributions, ranked, unit_correlation
from analysis.splits.halves import BLOCK, Bools, PersonSplits, Splits, random_halves
from analysis.splits.pairs import pair_up
from analysis.splits.places import Block, Floats, Ints, to_block

N_SPLITS = 60  # behind the images' contributions
N_SHARED = 10  # of these, by which all sets of people are split
N_CROSSED = 20  # sets of people behind the joint term, a sum over all images
LEFT_OUT = 6  # one in so many people is left out of a set
FEWEST_PEOPLE = 4  # of whom some can be left out and the rest split
FEWEST_DEFINED = 0.9  # share of correlations that must exist


@dataclass(frozen=True, slots=True)
class Model:
    """Predictions as places in their own sorted values, per image of the splits."""

    places: Ints
    values: Floats


def to_model(predictions: Floats) -> Model:
    """One model's predictions, in the order of the images."""
    values, places = np.unique(predictions, return_inverse=True)
    return Model(places, values)


@dataclass(frozen=True, slots=True)
class Covariances:
    """Of ρ, corr(M, H) of each model, and corr(M, F) of each model, in this order."""

    images: Floats  # over other images: square matrix
    people: Floats | None  # what other people add to it; None where only counts are known

    def variance(self, slopes: Floats) -> float:
        """Variance of a function of the numbers with these slopes; what people add is not < 0."""
        return self.variance_for_these_people(slopes) + (
            0.0 if self.people is None else max(0.0, float(slopes @ self.people @ slopes))
        )

    def variance_for_these_people(self, slopes: Floats) -> float:
        """The same if the people stayed and only the images were others."""
        return float(slopes @ self.images @ slopes)


def covariances(
    splits: Splits,
    models: Sequence[Model],
    *,
    method: str = "spearman",
    n_sets: int = 200,
    rng: np.random.Generator,
) -> Covariances | None:
    """How the numbers vary together; None where too many are undefined or people too few.

    Parameters
    ----------
    splits, models
        What is split, and predictions of its images.
    method, n_sets, rng
        spearman or pearson; sets of people; the only source of chance.
    """
    n_images = len(splits.image_ids)
    again = n_images / (n_images - 1)
    halves = None
    if isinstance(splits, PersonSplits):
        n_people = int(splits.n_participants or 0)
        if n_people < FEWEST_PEOPLE:
            return None
        halves = random_halves(n_people, N_SPLITS, rng)
    numbers, shared, images = _of_everybody(splits, halves, models, method, rng)
    if np.isfinite(numbers).all(axis=1).mean() < FEWEST_DEFINED:
        return None
    if halves is None or not isinstance(splits, PersonSplits):
        return Covariances(images * again, None)
    n_left_out = max(1, round(n_people / LEFT_OUT))
    kept = np.ones((n_people, n_sets), dtype=np.int8)
    for one in range(n_sets):
        kept[rng.choice(n_people, n_left_out, replace=False), one] = 0
    cells, joint = _of_sets(splits, halves[:, :N_SHARED], kept, models, method, shared)
    if np.isfinite(cells).all(axis=2).mean() < FEWEST_DEFINED:
        return None
    slopes = lengthening(float(np.nanmean(numbers[:, 0])), n_people, n_left_out, len(models))
    scale = (n_people - n_left_out) / n_left_out * np.outer(slopes, slopes)
    return Covariances(images * again, scale * (_between_sets(cells) - joint * again))


def lengthening(rho: float, n_people: int, n_left_out: int, n_models: int) -> Floats:
    """How much more the numbers change with everybody than with some left out, to first order.

    By Spearman–Brown: ρ of t times as many people changes by t(1 + (1/t − 1)ρ)² for 1; a model's
    correlation grows as the root of the consistency.
    """
    times = n_people / (n_people - n_left_out)
    ratios = [1 + (1 / times - 1) * r for r in (rho, spearman_brown(rho))]
    half, everybody = (float(np.sqrt(times * ratio)) for ratio in ratios)
    return np.array([times * ratios[0] ** 2] + [half] * n_models + [everybody] * n_models)


def _of_everybody(
    splits: Splits,
    halves: Ints | None,
    models: Sequence[Model],
    method: str,
    rng: np.random.Generator,
) -> tuple[Floats, Floats, Floats]:
    """Numbers per split; contributions to them in the shared splits; covariance over images."""
    numbers, shared = [], None
    n = 1 + 2 * len(models)
    total = np.zeros((n, len(splits.image_ids)))
    squares = np.zeros((n, n))
    n_defined = 0
    for block, everybody in _blocks(splits, halves, rng):
        found, parts = _contributions(block, everybody, models, method)
        shared = parts[:N_SHARED] if shared is None else shared
        defined = np.isfinite(found).all(axis=1)
        parts = parts[defined]
        numbers.append(found)
        total += parts.sum(axis=0)
        squares += _products(parts)
        n_defined += int(defined.sum())
    pairs = max(1, n_defined * (n_defined - 1))
    images = (total @ total.T - squares) / pairs  # of the mean over all splits that there are
    return np.concatenate(numbers), np.asarray(shared), images


def _blocks(
    splits: Splits, halves: Ints | None, rng: np.random.Generator
) -> Iterator[tuple[Block, Block]]:
    """A few splits at a time, and everybody's scores beside them as a second half."""
    if halves is not None and isinstance(splits, PersonSplits):
        everybody = np.ones((len(halves), 1), dtype=np.int8)
        for start in range(0, N_SPLITS, N_SHARED):
            yield splits.halves_of(halves[:, start : start + N_SHARED], everybody)
        return
    scores = to_block(splits.scores[None], splits.scores[None])
    for _ in range(0, N_SPLITS, N_SHARED):
        for block in splits.blocks(N_SHARED, rng):
            yield block, scores


def _of_sets(
    splits: PersonSplits,
    halves: Ints,
    kept: Ints,
    models: Sequence[Model],
    method: str,
    shared: Floats,
) -> tuple[Floats, Floats]:
    """Numbers by set and split, and the variance over sets of contributions, summed over images."""
    n_sets, n_splits, n = kept.shape[1], halves.shape[1], 1 + 2 * len(models)
    cells = np.empty((n_sets, n_splits, n))
    n_crossed = min(N_CROSSED, n_sets)
    total, between, within = np.zeros(shared.shape[1:]), np.zeros((n, n)), np.zeros((n, n))
    size = max(1, BLOCK // (len(splits.image_ids) * n_splits))
    edges = [*range(0, n_crossed, size), *range(n_crossed, n_sets, size), n_sets]
    for start, end in pairwise(edges):
        block, everybody = splits.halves_of(halves, kept[:, start:end])
        if start >= n_crossed:
            cells[start:end] = numbers_by_set(block, everybody, models, method)
            continue
        found, parts = _contributions(block, everybody, models, method)
        cells[start:end] = found.reshape(end - start, n_splits, n)
        for one in parts.reshape(end - start, *shared.shape):
            changes = np.nan_to_num(one - shared)
            mean = changes.mean(axis=0)
            total += mean
            between += mean @ mean.T
            within += (_products(changes) - n_splits * mean @ mean.T) / (n_splits - 1)
    joint = (between - total @ total.T / n_crossed) / max(1, n_crossed - 1)
    return cells, joint - within / n_crossed / n_splits


def _between_sets(cells: Floats) -> Floats:
    """Covariance of what sets of people differ by in all splits alike (sets × splits × numbers)."""
    n_sets, n_splits, n = cells.shape
    changes = np.nan_to_num(cells - np.nanmean(cells, axis=0))
    means = changes.mean(axis=1)
    rest = (changes - means[:, None]).reshape(-1, n)
    noise = rest.T @ rest / ((n_sets - 1) * (n_splits - 1))
    return np.asarray(means.T @ means / (n_sets - 1) - noise / n_splits)


def _products(parts: Floats) -> Floats:
    """Sums of products over splits and images; parts has shape (splits, numbers, images)."""
    flat = parts.transpose(1, 0, 2).reshape(parts.shape[1], -1)
    return np.asarray(flat @ flat.T)


def numbers_by_set(block: Block, everybody: Block, models: Sequence[Model], method: str) -> Floats:
    """The numbers by set and split."""
    first, second, valid = _halves(block, method)
    together, known = _together(everybody, method)
    halves = [unit_correlation(first, second)]
    wholes = []
    for model in models:
        predicted = _predicted(model, valid, method)
        against = unit_correlation(predicted, first) + unit_correlation(predicted, second)
        halves.append(against / 2)
        wholes.append(unit_correlation(_predicted(model, known, method), together))
    n_sets = len(everybody.second)
    by_split = [half.reshape(n_sets, -1) for half in halves]
    by_set = [np.broadcast_to(whole[:, None], by_split[0].shape) for whole in wholes]
    return np.stack(by_split + by_set, axis=2)


def _contributions(
    block: Block, everybody: Block, models: Sequence[Model], method: str
) -> tuple[Floats, Floats]:
    """The numbers, and images' contributions to them.

    Shapes (rows, numbers) and (rows, numbers, images).
    """
    first, second, valid = _halves(block, method)
    together, known = _together(everybody, method)
    n_splits = len(block.first) // len(everybody.second)
    found = [contributions(first, second)]
    wholes = []
    for model in models:
        predicted = _predicted(model, valid, method)
        one, other = contributions(predicted, first), contributions(predicted, second)
        found.append(((one[0] + other[0]) / 2, (one[1] + other[1]) / 2))
        whole = contributions(_predicted(model, known, method), together)
        wholes.append((np.repeat(whole[0], n_splits), np.repeat(whole[1], n_splits, axis=0)))
    numbers, parts = zip(*found, *wholes, strict=True)
    return np.stack(numbers, axis=1), np.stack(parts, axis=1)


def _halves(block: Block, method: str) -> tuple[Ranked, Ranked, Bools | None]:
    pairs = pair_up(_compressed(block))
    valid = None if pairs.is_complete else pairs.valid
    first = ranked(pairs.first, pairs.values, method, valid)
    return first, ranked(pairs.second, pairs.values, method, valid), valid


def _compressed(block: Block) -> Block:
    """The same scores in a table of those that occur: ranks are counted over the whole table."""
    used = np.zeros(len(block.values) + 1, dtype=bool)
    used[block.first.ravel()] = used[block.second.ravel()] = used[-1] = True
    place = np.cumsum(used) - 1
    return Block(place[block.first], place[block.second], block.values[used[:-1]])


def _together(everybody: Block, method: str) -> tuple[Ranked, Bools | None]:
    known = everybody.second != len(everybody.values)
    valid = None if known.all() else known
    return ranked(everybody.second, everybody.values, method, valid), valid


def _predicted(model: Model, valid: Bools | None, method: str) -> Ranked:
    if valid is None:
        return ranked(model.places[None], model.values, method, None)
    places = np.where(valid, model.places, len(model.values))
    return ranked(places, model.values, method, valid)
