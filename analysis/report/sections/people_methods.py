"""What the methods paragraph tells of the statistics about people."""

from analysis.readable import count
from analysis.report.numbers import Numbers


def people_methods(numbers: Numbers) -> list[str]:
    """A paragraph with its sources, of what this report has."""
    people = numbers.people
    told = []
    if people.curve is not None:
        what = "responses" if people.curve.counts_only else "participants"
        told.append(
            f"Consistency against the number of {what} is the mean over random subsamples; what "
            "more would give follows from the consistency of all by the Spearman–Brown formula "
            "(Spearman 1910; Brown 1910)."
        )
    if people.chance is not None:
        told.append(
            "It was tested against images that do not differ: the responses of each person "
            "permuted over the images that this person saw "
            f"({count(people.chance.n_permutations, 'permutation')}, the same "
            f"{count(people.chance.n_splits, 'split')} for each, p = (b + 1)/(B + 1))."
        )
    if people.components:
        told.append(
            "The variance of single responses was parted into images, people and the rest by "
            "fitting constants (Henderson 1953, method 3)."
        )
    if people.by_category is not None:
        told.append(
            "Consistency within categories is that of scores less their category's mean in the "
            f"same half, between categories that of the means ({people.by_category_splits:,} "
            "splits)."
        )
    if people.decay is not None:
        told.append(
            "Hit rates by lag are of bins with about equally many repeats; their intervals are "
            "2.5% and 97.5% quantiles of 1,000 resamples of participants."
            if people.decay["interval"].iloc[0] != "Wilson"
            else "Hit rates by lag are of bins with about equally many repeats, with Wilson's 95% "
            "intervals."
        )
    if people.lag_corrections:
        told.append(
            "The slope of forgetting is that of the hit rate against ln t within images (t images "
            "in between; Khosla et al. 2015), by their estimator and by least squares, with "
            "quantiles of resampled participants."
        )
    if people.memento is not None:
        told.append(
            f"Hit rates at {people.memento.t_reference:g} images in between follow Newman et al. "
            "(2020), with one linear slope for all images."
        )
    if people.categories is not None:
        told.append(
            "Scores of categories are means over their images"
            + (
                "; their intervals are ± t standard errors from 1,000 resamples of participants."
                if people.categories["hit_rate_low"].notna().any()
                else "."
            )
        )
    if people.sensitivity is not None:
        told.append(
            "The results under other exclusion rules are computed anew from all trials "
            f"({people.sensitivity_splits:,} splits)."
        )
    return [" ".join(told)] if told else []
