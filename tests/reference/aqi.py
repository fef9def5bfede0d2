"""The air quality index of a day, and what is made of it: HJ 633-2012, and its 2026 edition."""

from collections import Counter
from datetime import date
from math import ceil

import air
from exact import Fraction, converted, printed, rounded
from judging import answer, judged
from records import days_of

INDICES = [0, 50, 100, 150, 200, 300, 400, 500]

# The concentrations of these indices, of a day (O3: the greatest hour). O3_8H ends at 300.
BREAKPOINTS = {factor: [int(point) for point in points.split()] for factor, points in {
    "SO2": "0 50 150 475 800 1600 2100 2620",
    "NO2": "0 40 80 180 280 565 750 940",
    "PM10": "0 50 150 250 350 420 500 600",
    "PM2_5": "0 35 75 115 150 250 350 500",
    "CO": "0 2 4 14 24 36 48 60",
    "O3_8H": "0 100 160 215 265 800",
    "O3": "0 160 200 300 400 800 1000 1200",
    "PM10 of 2026": "0 50 120 250 350 420 500 600",
    "PM2_5 of 2026": "0 35 60 115 150 250 350 500",
}.items()}
POLLUTANTS = ["SO2", "NO2", "PM10", "PM2_5", "CO", "O3_8H"]

CLASSES = [(50, "EXCELLENT"), (100, "GOOD"), (150, "LIGHTLY_POLLUTED"),
           (200, "MODERATELY_POLLUTED"), (300, "HEAVILY_POLLUTED"), (None, "SEVERELY_POLLUTED")]


def edition_on(day):
    if day < date(2016, 1, 1):
        return ""
    return "2012" if day < date(2026, 3, 1) else "2026"


def places_of(factor):
    return 1 if factor == "CO" else 0


def iaqi(edition, factor, concentration):
    """Linear between breakpoints, of the concentration as it is printed, and rounded up. Above the
    last breakpoint it stays; of ozone by 2012 there is none."""
    points = BREAKPOINTS.get(f"{factor} of {edition}", BREAKPOINTS[factor])
    value = rounded(concentration, places_of(factor))
    if value > points[-1]:
        return None if (edition, factor) == ("2012", "O3_8H") else INDICES[len(points) - 1]
    i = next(i for i in range(1, len(points)) if value <= points[i])
    share = Fraction(value - points[i - 1], points[i] - points[i - 1])
    return ceil(INDICES[i - 1] + share * (INDICES[i] - INDICES[i - 1]))


def class_of(aqi):
    return next(name for most, name in CLASSES if most is None or aqi <= most)


def index(edition, concentrations):
    """Of {factor: concentration}: the greatest of the pollutants'. Of ozone by 2012 the greatest
    hour counts where the 8-hour value lies above 800. With a pollutant missing, an index up to 100
    is not available."""
    found = {}
    for factor in POLLUTANTS:
        value = concentrations.get(factor)
        one = None if value is None else iaqi(edition, factor, value)
        if value is not None and one is None and "O3" in concentrations:
            one = iaqi(edition, "O3", concentrations["O3"])
        found[factor] = one
    known = [one for one in found.values() if one is not None]
    aqi = max(known, default=None)
    if aqi is None or (len(known) < len(POLLUTANTS) and aqi <= 100):
        aqi = None
    return {"aqi": aqi, "airClass": "" if aqi is None else class_of(aqi),
            "primaryPollutants": [f for f, one in found.items() if one == aqi]
            if aqi is not None and aqi > 50 else [],
            "pollutants": {f: {"iaqi": one, "concentration": "" if concentrations.get(f) is None
                               else printed(concentrations[f], places_of(f))}
                           for f, one in found.items()}}


def index_of_day(city, day, edition=""):
    """From a city's {factor: {day: value}}, by an edition named or that of the day."""
    return index(edition or edition_on(day),
                 {factor: values[day] for factor, values in city.items() if day in values})


def counted_days(question, index_on):
    """优良天数 and its share of the valid days, from the index on a day by an edition; days taken out
    扣除沙尘 count neither above nor below."""
    rule = question.indicator["airDaysRule"]
    wanted = rule.get("classes") or ["EXCELLENT", "GOOD"]
    removed = {date.fromisoformat(day["day"]) for day in rule.get("removedDays", [])}
    edition = rule.get("edition") or (
        "" if rule.get("editionOfDay") else edition_on(question.last))
    days = days_of(question.first, question.last)
    indices = [index_on(day, edition) for day in days if day not in removed]
    classes = Counter(one["airClass"] for one in indices if one["aqi"] is not None)
    valid, counting = sum(classes.values()), sum(classes[c] for c in wanted)
    taken_out = sum(day in removed for day in days)
    required = max(1, ceil(Fraction((len(days) - taken_out) * rule.get("validPercent", 0), 100)))
    found = answer(question, valid, required, airDays={
        "calendarDays": str(len(days)), "validDays": str(valid), "removedDays": str(taken_out),
        "classes": {name: {"days": str(classes[name])} for _, name in CLASSES}})
    if not valid:
        return found
    if rule["measure"] == "COUNT":
        return {**found, **judged(question, Fraction(counting), valid >= required)}
    value = converted(Fraction(100 * counting, valid), "%", question.indicator["unit"])
    return {**found, "numerator": str(counting), "denominator": str(valid),
            **judged(question, value, valid >= required, is_share=True)}


def composite(question, city):
    """环境空气质量综合指数: the means of SO2, NO2, PM10 and PM2.5 and the percentiles of CO and O3_8H,
    each divided by its limit of the grade, added up."""
    first, last, standard = question.first, question.last, question.indicator["standard"]
    edition, limits = air.limits_on(last, standard.get("edition", ""))
    total, days, valid = Fraction(0), [], True
    for factor in POLLUTANTS:
        by_day = factor in ("CO", "O3_8H")
        rule = {"factor": factor, "meanRule": {"statistic": "PERCENTILE" if by_day else "MEAN"}}
        value, used, required, enough = air.of_period(
            air.statistic_of(rule), city[factor], first, last)
        limit = limits.get("DAY" if by_day else "YEAR", {}).get(factor)
        if limit is None:
            return {"verdict": "NO_STANDARD", "validity": "MISSING", "value": ""}
        total = total if value is None else total + value / limit[standard["grade"] == "II"]
        days.append(used)
        valid = valid and enough
    found = answer(question, min(days), required)
    return {**found, **judged(question, total, valid)} if all(days) else found
