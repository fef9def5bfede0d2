"""Classes of surface water: GB 3838-2002 table 1, and 地表水环境质量评价办法 (2011)."""

from collections import defaultdict

from exact import Fraction, converted, mean, printed, shortest
from judging import answer, judged

CLASSES = ["I", "II", "III", "IV", "V", "WORSE_THAN_V"]

# The limits of classes I … V in mg/L; a value on a limit keeps it.
LIMITS = {factor: [Fraction(limit) for limit in limits.split()] for factor, limits in {
    "DO": "7.5 6 5 3 2",  # at least; all others at most
    "CODMN": "2 4 6 10 15",
    "COD": "15 15 20 30 40",
    "BOD5": "3 3 4 6 10",
    "NH3N": "0.15 0.5 1.0 1.5 2.0",
    "TP": "0.02 0.1 0.2 0.3 0.4",
    "TP of lakes": "0.01 0.025 0.05 0.1 0.2",
    "CU": "0.01 1 1 1 1",
    "ZN": "0.05 1 1 2 2",
    "FLUORIDE": "1 1 1 1.5 1.5",
    "SE": "0.01 0.01 0.01 0.02 0.02",
    "AS": "0.05 0.05 0.05 0.1 0.1",
    "HG": "0.00005 0.00005 0.0001 0.001 0.001",
    "CD": "0.001 0.005 0.005 0.005 0.01",
    "CR6": "0.01 0.05 0.05 0.05 0.1",
    "PB": "0.01 0.01 0.05 0.05 0.1",
    "CYANIDE": "0.005 0.05 0.2 0.2 0.2",
    "PHENOL": "0.002 0.002 0.005 0.01 0.1",
    "OIL": "0.05 0.05 0.05 0.5 1",
    "LAS": "0.2 0.2 0.2 0.3 0.3",
    "SULFIDE": "0.05 0.1 0.2 0.5 1",
}.items()}

MONTHS_OF_A_YEAR, MONTHS_WHERE_IT_FREEZES = 12, 8


def unit_of(factor):
    return {"PH": "无量纲", "WATER_TEMPERATURE": "℃", "CHLA": "mg/m³",
            "TRANSPARENCY": "m"}.get(factor, "mg/L")


def is_assessed(factor):
    """Water temperature, total nitrogen and faecal coliforms take no part 不参与评价."""
    return factor == "PH" or factor in LIMITS


def class_of(factor, value, lake):
    """By one factor alone; of pH 6 … 9 keeps every class and anything else none."""
    if factor == "PH":
        return "I" if 6 <= value <= 9 else "WORSE_THAN_V"
    limits = LIMITS["TP of lakes" if factor == "TP" and lake else factor]
    kept = [value >= limit if factor == "DO" else value <= limit for limit in limits]
    return CLASSES[kept.index(True)] if True in kept else "WORSE_THAN_V"


def monthly_values(observations):
    """{factor: {month: value}}, a month being its first day: the monthly value where there is one
    (an invalid one, or one that says there was no water, is not replaced), else the mean of the
    samples of the month."""
    samples, values = defaultdict(list), defaultdict(dict)
    for o in observations:
        if o.length != "MONTH" and o.number is not None:
            samples[o.factor, o.day.replace(day=1)].append(o.number_in(unit_of(o.factor)))
    for (factor, month), numbers in samples.items():
        values[factor][month] = mean(numbers)
    for o in observations:
        if o.length == "MONTH" and o.number is not None:
            values[o.factor][o.start] = o.number_in(unit_of(o.factor))
        elif o.length == "MONTH":
            values[o.factor].pop(o.start, None)
    return values


def section(site, values, first, last, required_factors=()):
    """A section in a year or month: its class is that of its worst factor, each factor's that of
    the mean of its months. It needs every month (8 of a year where the river freezes) of each
    factor required; where none is, of any factor that is assessed."""
    values = {factor: {m: v for m, v in of_factor.items() if first <= m <= last}
              for factor, of_factor in sorted(values.items())}
    factors = {}
    for factor, of_factor in values.items():
        if of_factor and is_assessed(factor):
            value = mean(of_factor.values())
            factors[factor] = {
                "value": shortest(value, 6) or printed(value, 6), "unit": unit_of(factor),
                "samplesUsed": str(len(of_factor)), "waterClass": class_of(
                    factor, value, lake=site.get("waterBody") == "LAKE")}
    months = {m for factor in factors for m in values[factor]}
    used = (min(len(values.get(factor, {})) for factor in required_factors)
            if required_factors else len(months))
    of_a_year = MONTHS_WHERE_IT_FREEZES if site.get("freezes") else MONTHS_OF_A_YEAR
    required = 1 if first.month == last.month else of_a_year
    found = {"samplesUsed": str(used), "samplesRequired": str(required), "factors": factors,
             "waterClass": "", "worstFactors": [], "targetClass": site.get("targetClass", "")}
    if used < required or not factors:
        return {**found, "validity": "INVALID_DATA" if used else "MISSING"}
    worst = max((f["waterClass"] for f in factors.values()), key=CLASSES.index)
    deciding = [name for name, f in factors.items() if f["waterClass"] == worst]
    return {**found, "validity": "VALID", "waterClass": worst,
            "worstFactors": deciding if worst != "I" else []}


def counts(measure, of_section):
    """优良比率, 达标率 and 劣V类比例 count different sections; one without a target does not meet it."""
    water_class, target = of_section["waterClass"], of_section["targetClass"]
    return {"GOOD": water_class in ("I", "II", "III"),
            "MEETING_TARGET": target != "" and CLASSES.index(water_class) <= CLASSES.index(target),
            "WORSE_THAN_V": water_class == "WORSE_THAN_V"}[measure]


def shares(question, sections):
    """The sections that count ÷ those assessed."""
    measure = question.indicator["classRule"]["measure"]
    assessed = [s for s in sections.values() if s["validity"] == "VALID"]
    counting = sum(counts(measure, s) for s in assessed)
    shown = {}
    for site, s in sections.items():
        verdict = {"MISSING": "NO_DATA", "INVALID_DATA": "INVALID"}.get(s["validity"])
        if not verdict:
            fails = counts(measure, s) == (measure == "WORSE_THAN_V")
            verdict = "NOT_MET" if fails else "MET"
        shown[site] = {**s, "verdict": verdict}
    found = answer(question, len(assessed), len(sections), sites=shown)
    if not assessed:
        return found
    value = converted(Fraction(100 * counting, len(assessed)), "%", question.indicator["unit"])
    return {**found, "numerator": str(counting), "denominator": str(len(assessed)),
            **judged(question, value, True, is_share=True)}
