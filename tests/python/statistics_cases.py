"""Writes `tests/data/statistics/cases.json`: statistics computed by scikit-learn, scipy and, where
neither has one, by the formulas of `docs/backtest.md` written out naively. The Rust test reads the
file; run this again only to add cases:

    pip install scikit-learn scipy
    python tests/python/statistics_cases.py > tests/data/statistics/cases.json
"""

import json
import math
import random
import sys

import numpy
import scipy
import sklearn
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score

Z = stats.norm.ppf(0.975)


def wilson():
    pairs = [(0, 1), (1, 1), (0, 7), (3, 20), (7, 7), (57, 1203), (999_999, 1_000_000)]
    for count, of in pairs:
        interval = stats.binomtest(count, of).proportion_ci(0.95, method="wilson")
        yield {"count": count, "of": of, "low": interval.low, "high": interval.high}


def mcnemar():
    for first, second, of in [
        (0, 0, 10), (0, 1, 10), (3, 9, 40), (9, 3, 40), (14, 0, 1203), (480, 520, 20_000),
        (500, 501, 20_000), (300, 900, 20_000), (1_001, 1_001, 9_000), (2_000, 2_090, 100_000),
    ]:
        discordant = first + second
        if discordant <= 1_000:
            p_value = stats.binomtest(first, discordant, 0.5).pvalue if discordant else 1.0
        else:
            statistic = max(abs(first - second) - 1, 0) ** 2 / discordant
            p_value = stats.chi2.sf(statistic, 1)
        difference = (second - first) / of
        error = math.sqrt(discordant - (second - first) ** 2 / of) / of
        yield {
            "only_first": first, "only_second": second, "of": of, "p_value": p_value,
            "difference": difference, "low": difference - Z * error, "high": difference + Z * error,
        }


def delong(good, bad):
    """The components of DeLong, DeLong and Clarke-Pearson, pair by pair."""
    beats = [[1.0 if g > b else 0.5 if g == b else 0.0 for b in bad] for g in good]
    auc = numpy.mean(beats)
    if len(good) < 2 or len(bad) < 2:
        return auc, None
    of_good, of_bad = numpy.mean(beats, axis=1), numpy.mean(beats, axis=0)
    variance = numpy.var(of_good, ddof=1) / len(good) + numpy.var(of_bad, ddof=1) / len(bad)
    half = Z * math.sqrt(variance)
    return auc, [max(auc - half, 0.0), min(auc + half, 1.0)]


def discrimination(draw):
    sizes = [(1, 1), (1, 5), (2, 2), (30, 12), (250, 40), (400, 400)]
    for goods, bads in sizes:
        for spread in (3, 60):
            good = [round(draw.gauss(8, spread)) for _ in range(goods)]
            bad = [round(draw.gauss(5, spread)) for _ in range(bads)]
            auc = roc_auc_score([1] * goods + [0] * bads, good + bad)
            again, interval = delong(good, bad)
            assert abs(auc - again) < 1e-12
            yield {
                "good": good, "bad": bad, "auc": auc, "interval": interval,
                "ks": stats.ks_2samp(good, bad).statistic,
                "bands": bands(good, bad),
            }


def cuts(values):
    """The deciles: the values at the ranks of a tenth and so on, rounded up, each once."""
    ordered = sorted(values)
    ranks = [-(-len(ordered) * part // 10) for part in range(1, 10)]
    return sorted({ordered[rank - 1] for rank in ranks})


def binned(values, cut):
    counts = [0] * (len(cut) + 1)
    for value in values:
        counts[sum(value > edge for edge in cut)] += 1
    return counts


def bands(good, bad):
    cut = cuts(good + bad)
    goods, bads = binned(good, cut), binned(bad, cut)
    told = [[b / (g + b), b, g + b] for g, b in zip(goods, bads) if g + b]
    # scikit-learn agrees on the rates: each band stands for a predicted share of its own.
    place = [band for band, (g, b) in enumerate(zip(goods, bads)) for _ in range(g + b)]
    outcome = [o for g, b in zip(goods, bads) for o in [0] * g + [1] * b]
    share = (numpy.array(place) + 0.5) / len(goods)
    rates, _ = calibration_curve(outcome, share, n_bins=len(goods), strategy="uniform")
    assert numpy.allclose(rates, [rate for rate, _, _ in told])
    return [{"rate": rate, "bad": bad, "of": of} for rate, bad, of in told]


def stability(draw):
    for size, spread, missing in [
        ((1, 1), 5, (0, 0)), ((12, 9), 2, (0, 3)), ((200, 180), 40, (11, 2)), ((900, 950), 300, (0, 0)),
        ((50, 50), 0, (0, 0)), ((0, 4), 3, (5, 1)), ((6, 0), 3, (0, 5)),
    ]:
        baseline = [round(draw.gauss(0, spread)) for _ in range(size[0])]
        compared = [round(draw.gauss(spread / 4, spread)) for _ in range(size[1])]
        cut = cuts(baseline) if baseline else []
        before, after = binned(baseline, cut), binned(compared, cut)
        if len(before) > 1 and before[-1] == after[-1] == 0:
            before.pop(), after.pop()
        if before == after == [0]:
            before, after = [], []
        if any(missing):
            before.append(missing[0]), after.append(missing[1])
        total = [sum(of) + 0.5 * len(of) for of in (before, after)]
        shares = [((b + 0.5) / total[0], (a + 0.5) / total[1]) for b, a in zip(before, after)]
        yield {
            "baseline": baseline, "compared": compared, "missing": missing,
            "psi": sum((a - b) * math.log(a / b) for b, a in shares),
            "before": before, "after": after,
        }


def ratio():
    for group, reference in [((3, 9), (5, 7)), ((40, 100), (55, 100)), ((812, 1203), (9_000, 11_000))]:
        found = stats.contingency.relative_risk(*group, *reference)
        interval = found.confidence_interval(0.95)
        yield {
            "group": group, "reference": reference, "ratio": found.relative_risk,
            "low": interval.low, "high": interval.high,
        }


def main():
    draw = random.Random(20260331)
    cases = {
        "made_with": {
            "python": ".".join(map(str, sys.version_info[:3])), "numpy": numpy.__version__,
            "scipy": scipy.__version__, "scikit-learn": sklearn.__version__,
        },
        "wilson": list(wilson()),
        "mcnemar": list(mcnemar()),
        "discrimination": list(discrimination(draw)),
        "stability": list(stability(draw)),
        "ratio": list(ratio()),
    }
    # Numbers one a line would be thousands of lines; each case is one.
    print("{")
    print(f'  "made_with": {json.dumps(cases.pop("made_with"))},')
    parts = []
    for name, each in cases.items():
        lines = ",\n".join(f"    {json.dumps(case)}" for case in each)
        parts.append(f'  "{name}": [\n{lines}\n  ]')
    print(",\n".join(parts))
    print("}")


main()
