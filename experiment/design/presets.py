"""The published games, as parameters, by name."""

from experiment.design.attention import AttentionRule
from experiment.design.display import Display
from experiment.design.paradigms import Paradigm

LAMEM2015 = Paradigm(
    name="lamem2015",
    source=(
        "Khosla, A., Raju, A. S., Torralba, A., & Oliva, A. (2015). Understanding and predicting "
        "image memorability at a large scale. ICCV 2015."
    ),
    stimulus_ms=600,
    gap_ms=800,
    n_targets=66,
    n_fillers=30,
    n_vigilance=12,
    target_lags=(36, 151),
    vigilance_lags=(2, 8),
    target_lag_distribution="feasible",
    vigilance_lag_distribution="feasible",
    keys=(" ",),
    attention=(
        AttentionRule(
            name="vigilance",
            measure="vigilance_miss_rate",
            fires="above",
            threshold=0.25,
            when="run_end",
            action="end_participation",
            discards="participant",
        ),
    ),
    readings=(
        "Lags of targets are spread as random feasible placement spreads them, P(lag) ∝ 186 − lag: "
        "inferred from the per-image means of 62–101 that the paper reports.",
        "Lags are read from the paper's intervening images: 35–150 become lags 36–151, "
        "1–7 become lags 2–8.",
        "Lags of vigilance repeats are spread the same way; the paper gives their range only.",
        "The space bar means 'seen before'; the paper names no key.",
        "A key earlier than 150 ms after onset is flagged; the paper has no such rule.",
        "No feedback is given; the paper does not say.",
        "The attention rule is judged at the end of a run; the paper does not say when.",
    ),
)

ISOLA2014 = Paradigm(
    name="isola2014",
    source=(
        "Isola, P., Xiao, J., Parikh, D., Torralba, A., & Oliva, A. (2014). What makes a "
        "photograph memorable? IEEE PAMI, 36(7), 1469–1482."
    ),
    stimulus_ms=1000,
    gap_ms=1400,
    n_targets=20,
    n_fillers=56,
    n_vigilance=12,
    target_lags=(91, 109),
    vigilance_lags=(1, 7),
    target_lag_distribution="even",
    vigilance_lag_distribution="even",
    keys=(" ",),
    n_levels=30,
    rests="offered",
    shows_score=True,
    most_ended_levels=3,
    feedback="symbol",
    feedback_ms=400,
    attention=(
        AttentionRule(
            name="vigilance",
            measure="vigilance_hit_rate",
            fires="below",
            threshold=0.5,
            last=10,
            scope="level",
            when="during",
            action="end_level",
            discards="level",
        ),
        AttentionRule(
            name="false_alarms",
            measure="false_alarm_rate",
            fires="above",
            threshold=0.5,
            last=30,
            scope="level",
            when="during",
            action="end_level",
            discards="level",
        ),
    ),
    display=Display(size_px=256, crop="square"),
    readings=(
        "The steady state of a level is ours: 20 targets shown first and about 20 repeated, 12 "
        "vigilance images twice, fillers up to 120 images; the first level has fewer repeats and "
        "the last no new targets. The paper gives the lags and the length only.",
        "Lags 91–109 and 1–7 are read as index differences; the paper does not say the unit.",
        "Each lag is used equally often over a run; the paper does not say.",
        "Vigilance repeats fall into the level of their first showing, so that a level is judged "
        "whole.",
        "Feedback is shown for 400 ms after the key; the paper gives no time.",
        "A key earlier than 150 ms after onset is flagged; the paper has no such rule.",
        "The 256 × 256 pixels are the largest centred square, scaled.",
        "A game that a rule has ended may be begun anew where runs_per_participant allows it.",
    ),
)

MEMORYGAME2019 = Paradigm(
    name="memorygame2019",
    source=(
        "The public MemoryGame of L. Goetschalckx (2019), the game behind MemCat: Goetschalckx, "
        "L., & Wagemans, J. (2019). MemCat: A new category-based image set quantified on "
        "memorability. PeerJ, 7, e8169."
    ),
    stimulus_ms=600,
    gap_ms=800,
    n_targets=60,
    n_fillers=57,
    n_vigilance=19,
    target_lags=(35, 140),
    vigilance_lags=(1, 4),
    target_lag_distribution="even",
    vigilance_lag_distribution="even",
    keys=("r",),
    feedback="border",
    feedback_ms=150,
    attention=(
        AttentionRule(
            name="vigilance",
            measure="vigilance_hit_rate",
            fires="below",
            threshold=0.6,
            when="run_end",
            action="end_participation",
            discards="run",
        ),
        AttentionRule(
            name="false_alarms",
            measure="false_alarm_rate",
            fires="at_least",
            threshold=0.4,
            when="run_end",
            action="end_participation",
            discards="run",
        ),
    ),
    readings=(
        "The numbers are those of the public game's own files.",
        "Each lag of a range is used equally often, end points included; the public game gives "
        "the ends half their probability.",
        "Whoever is blocked has that run left out; runs before it stay.",
        "A person may play up to 4 runs there and sees one image of a cluster at most: set "
        "runs_per_participant = 4 and images.cluster in the study file.",
    ),
)

RIM2025_EXAMPLE = Paradigm(
    name="rim2025_example",
    source=("Example settings of the public task behind Rim, N., et al. (2025). PsyArXiv, xw3ek."),
    stimulus_ms=750,
    gap_ms=800,
    n_targets=60,
    n_fillers=108,
    n_vigilance=16,
    target_lags=(17, 23),
    vigilance_lags=(1, 7),
    target_lag_distribution="triangular",
    vigilance_lag_distribution="even",
    keys=("r",),
    attention=(
        AttentionRule(
            name="filler_false_alarms",
            measure="filler_false_alarm_rate",
            fires="at_least",
            threshold=0.7,
            discards="run",
        ),
        AttentionRule(
            name="vigilance",
            measure="vigilance_miss_rate",
            fires="at_least",
            threshold=0.7,
            discards="run",
        ),
    ),
    readings=(
        "The split of what is not a target into 108 fillers and 16 vigilance images is ours.",
        "Lags of targets follow 1-2-3-4-3-2-1 over 17–23; those of vigilance images are even, "
        "which is ours.",
        "A key earlier than 150 ms after onset is flagged; the example has no such rule.",
    ),
)

PRESETS = {
    preset.name: preset for preset in (LAMEM2015, ISOLA2014, MEMORYGAME2019, RIM2025_EXAMPLE)
}
