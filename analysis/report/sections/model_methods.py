"""How models were compared beyond both scales, as a methods section tells it."""

from analysis.report.numbers import Numbers


def model_methods(numbers: Numbers) -> list[str]:
    """Sentences for those parts that the report has; none without a model."""
    found, texts = numbers.of_models, []
    tests = [one.on_all for one in found.models if one.on_all is not None]
    if tests:
        n = max(test.n_permutations for test in tests)
        texts.append(
            f"p values of correlations are of {n:,} random assignments of the predictions to the "
            "images, p = (b + 1)/(B + 1) (Phipson & Smyth 2010). Predictions were recalibrated by "
            "a line in tenfold cross-validation; concordance is Lin's (1989)."
        )
    if any(one.curves is not None for one in found.models):
        texts.append(
            "Absolute errors against a half are of the same splits as another half's; the noise "
            "floor is the expected distance of the true rates from everybody's scores, with beta "
            "distributed true rates."
        )
    if any(pair.difference is not None for pair in found.pairs):
        texts.append(
            "Pairs of models were compared on the images that both predict, with the same splits, "
            "for other people and other images (two-factor variance, Schütt et al. 2023), and by "
            "closed forms (Williams 1959; Dunn & Clark 1969; Steiger 1980; Meng, Rosenthal & Rubin "
            "1992; Hittner, May & Silver 2003; Zou 2007)."
        )
    if found.groups:
        texts.append(
            "Groups of images were compared on the same splits; numeric attributes were cut into "
            "quarters by their quantiles."
        )
    return texts
