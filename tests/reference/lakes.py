"""Lakes and reservoirs: their class by 地表水环境质量评价办法 (2011), and their trophic state by
湖泊（水库）富营养化评价方法及分级技术规定 (总站生字〔2001〕090 号)."""

from decimal import Context, Decimal

import water
from exact import Fraction, mean, printed, rounded, shortest

GRADES = dict(zip(water.CLASSES, ["EXCELLENT", "EXCELLENT", "GOOD", "LIGHTLY_POLLUTED",
                                  "MODERATELY_POLLUTED", "HEAVILY_POLLUTED"]))

# TLI(j) = 10 (a + b ln x), x in the unit of the factor; and the correlation of x with chlorophyll a
# in the lakes of China, whose square is the weight.
INDICES = {factor: tuple(Fraction(number) for number in numbers.split()) for factor, numbers in {
    "CHLA": "2.5 1.086 1",
    "TP": "9.436 1.624 0.84",
    "TN": "5.453 1.694 0.82",
    "TRANSPARENCY": "5.118 -1.94 -0.83",
    "CODMN": "0.109 2.661 0.83",
}.items()}
STATES = [(50, "MESOTROPHIC"), (60, "LIGHTLY_EUTROPHIC"), (70, "MODERATELY_EUTROPHIC")]

# More than enough: no sum of logarithms lies so near a tie.
DIGITS = Context(prec=70)


def logarithm(number):
    quotient = DIGITS.divide(Decimal(number.numerator), Decimal(number.denominator))
    return Fraction(DIGITS.ln(quotient))


def weight(factor):
    return INDICES[factor][2]**2 / sum(r**2 for _, _, r in INDICES.values())


def index(factor, value):
    a, b, _ = INDICES[factor]
    return 10 * (a + b * logarithm(value))


def state_of(tli):
    """Of the rounded index: 30 and 50 are still 中营养, 60 轻度 and 70 中度富营养."""
    if tli < 30:
        return "OLIGOTROPHIC"
    return next((state for most, state in STATES if tli <= most), "HYPEREUTROPHIC")


def trophic_index(means):
    """综合营养状态指数 TLI(Σ) of {factor: mean}; a mean of 0 has no logarithm."""
    known = [factor for factor in INDICES if means.get(factor, 0) > 0]
    found = {"value": "", "state": "", "missing": [f for f in INDICES if f not in known],
             "terms": [{"factor": factor, "mean": printed(means[factor], 6),
                        "unit": water.unit_of(factor), "weight": printed(weight(factor), 4),
                        "index": printed(index(factor, means[factor]), 2)} for factor in known]}
    if found["missing"]:
        return found
    tli = rounded(sum(weight(factor) * index(factor, means[factor]) for factor in known), 1)
    return {**found, "value": printed(tli, 1), "state": state_of(tli)}


def lake(points, first, last):
    """Of points with their monthly values: each factor's mean over time at each point, then over
    the points; only points with enough months count."""
    sections = [water.section(site, values, first, last) for site, values in points]
    of_points = [{factor: mean(within) for factor, months in values.items()
                  if (within := [v for m, v in months.items() if first <= m <= last])}
                 for (_, values), section in zip(points, sections)
                 if section["validity"] == "VALID"]
    found = {"body": "LAKE", "sections": str(len(points)), "assessed": str(len(of_points))}
    if not of_points:
        return {**found, "method": "", "grade": "", "waterClass": ""}
    means = {factor: mean([values[factor] for values in of_points if factor in values])
             for factor in {factor for values in of_points for factor in values}}
    classes = {factor: water.class_of(factor, value, lake=True)
               for factor, value in means.items() if water.is_assessed(factor)}
    worst = max(classes.values(), key=water.CLASSES.index)
    return {**found, "method": "MEAN_OF_POINTS", "waterClass": worst, "grade": GRADES[worst],
            "worstFactors": [f for f, one in classes.items() if one == worst != "I"],
            "factors": {f: {"waterClass": one, "unit": water.unit_of(f), "value": shortest(
                means[f], 6) or printed(means[f], 6)} for f, one in classes.items()},
            "trophic": trophic_index(means)}
