"""Statistics of ambient air: GB 3095 (limits, and validity by table 4) and HJ 663-2013 (from hours
to days, to months and years, and from stations to the city)."""

from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction

from exact import converted, mean, rounded
from judging import answer, judged, print_value
from records import days_of

# GB 3095 by the days on which it is in force: edition, and the limits of grades I and II, of the
# year and of the day, in μg/m³ (CO: mg/m³). O3_8H is the greatest 8-hour mean of a day.
EDITIONS = [
    (date(2016, 1, 1), date(2026, 2, 28), "2012", {
        "YEAR": {"SO2": (20, 60), "NO2": (40, 40), "PM10": (40, 70), "PM2_5": (15, 35)},
        "DAY": {"SO2": (50, 150), "NO2": (80, 80), "PM10": (50, 150), "PM2_5": (35, 75),
                "CO": (4, 4), "O3_8H": (100, 160)}}),
    (date(2026, 3, 1), date(2030, 12, 31), "2026", {
        "YEAR": {"SO2": (20, 60), "NO2": (40, 40), "PM10": (40, 60), "PM2_5": (15, 30)},
        "DAY": {"SO2": (50, 150), "NO2": (80, 80), "PM10": (50, 120), "PM2_5": (35, 60),
                "CO": (4, 4), "O3_8H": (100, 160)}}),
    (date(2031, 1, 1), date.max, "2026", {
        "YEAR": {"SO2": (20, 20), "NO2": (30, 30), "PM10": (20, 50), "PM2_5": (10, 25)},
        "DAY": {"SO2": (50, 50), "NO2": (50, 50), "PM10": (50, 100), "PM2_5": (25, 50),
                "CO": (4, 4), "O3_8H": (100, 160)}}),
]

# Which percentile of the daily values of a year assesses a pollutant.
PERCENTILES = {"SO2": 98, "NO2": 98, "PM10": 95, "PM2_5": 95, "CO": 95, "O3_8H": 90}

HOURS_OF_A_DAY = 20
HOURS_OF_A_WINDOW = 6  # of eight; windows end at 8 … 24 h
WINDOWS_OF_A_DAY = 14
DAYS_OF_A_YEAR = 324


def days_of_a_month(month):
    return 25 if month == 2 else 27


def unit_of(factor):
    return "mg/m³" if factor == "CO" else "μg/m³"


def limits_on(day, edition):
    """Of the edition in force on the day; of an edition named, of its phase in force or nearest."""
    phases = [e for e in EDITIONS if edition in ("", e[2])]
    for first, last, name, limits in phases:
        if first <= day <= last:
            return name, limits
    if not edition:
        return "", {}
    return (phases[0] if day < phases[0][0] else phases[-1])[2:]


def greatest_8_hours(hours, limit):
    """Of a day's {hour: value}: the greatest mean of the windows that are valid, where enough of
    them are, or where it is above the limit whatever is missing."""
    windows = [[hours[h] for h in range(end - 8, end) if h in hours] for end in range(8, 25)]
    means = [mean(window) for window in windows if len(window) >= HOURS_OF_A_WINDOW]
    if not means:
        return None
    enough = len(means) >= WINDOWS_OF_A_DAY or limit and rounded(max(means), 0) > limit[1]
    return max(means) if enough else None


def daily_values(observations, factor):
    """Of one station: the daily value where there is one (an invalid one is not replaced), else
    what at least 20 hourly values give; of O3_8H what those of O3 give."""
    hours, values = defaultdict(dict), {}
    for o in observations:
        if o.length == "HOUR" and o.number is not None:
            hours[o.day][o.start.hour] = o.number_in(unit_of(factor))
    for day, of_day in hours.items():
        if factor == "O3_8H":
            limit = limits_on(day, "")[1].get("DAY", {}).get(factor)
            values[day] = greatest_8_hours(of_day, limit)
        elif len(of_day) >= HOURS_OF_A_DAY:
            values[day] = mean(of_day.values())
    for o in observations:
        if o.length == "DAY":
            values[o.day] = None if o.number is None else o.number_in(unit_of(factor))
    return {day: value for day, value in values.items() if value is not None}


def counts_on(site, day):
    """An assessment station, in its set, and no clean control station 清洁对照点 then."""
    day = day.isoformat()

    def within(span):
        return span["fromDay"] <= day <= span.get("toDay", "9999")

    return within(site) and not any(
        role["role"] == "CLEAN_CONTROL" and within(role) for role in site.get("roles", []))


class Station:
    """A site with the days of a span on which it counts, and its daily values on those."""

    def __init__(self, site, factor, days, observations):
        values = daily_values(observations, factor)
        self.site = site
        self.counts = {day for day in days if counts_on(site, day)}
        self.values = {day: values[day] for day in self.counts if day in values}


def percentile(values, percent):
    """HJ 663 appendix A: the value at 1 + (n − 1)·p in their order, linear between neighbours."""
    place = Fraction((len(values) - 1) * percent, 100)
    ordered, below = sorted(values), int(place)
    above = min(below + 1, len(values) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def statistic_of(indicator):
    """The mean, or the percentile named, or that of the pollutant."""
    rule = indicator.get("meanRule", {})
    if rule.get("statistic") != "PERCENTILE":
        return mean
    percent = Fraction(rule.get("percent") or PERCENTILES[indicator["factor"]])
    return lambda values: percentile(values, percent)


def city_values(stations, days):
    """Of each day over the stations that count on it: at least 75 % of them must have a mean, 50 %
    where there are fewer than four."""
    values = {}
    for day in days:
        counting = [s for s in stations if day in s.counts]
        found = [s.values[day] for s in counting if day in s.values]
        percent = 75 if len(counting) >= 4 else 50
        if found and 100 * len(found) >= percent * len(counting):
            values[day] = mean(found)
    return values


def of_period(statistic, values, first, last):
    """(value or None, days used, days required, valid) of a calendar year or month. A year needs
    324 days and, in each of its months, as many as a month needs."""
    used = [value for day, value in values.items() if first <= day <= last]
    value = statistic(used) if used else None
    if first.month == last.month:
        required = days_of_a_month(first.month)
        return value, len(used), required, len(used) >= required
    days_in = Counter(day.month for day in values if day.year == first.year)
    months = all(days_in[month] >= days_of_a_month(month) for month in range(1, 13))
    return value, len(used), DAYS_OF_A_YEAR, months and len(used) >= DAYS_OF_A_YEAR


def judge_by_standard(question, value):
    """By the rounded value 修约值比较法: rounded to the digits of the limit, none. Of a year the mean is
    judged by the limit of the year and a percentile by that of the day; months have no limit."""
    choice, factor = question.indicator["standard"], question.indicator["factor"]
    edition, limits = limits_on(question.last, choice.get("edition", ""))
    averaging = "YEAR" if statistic_of(question.indicator) is mean else "DAY"
    grades = limits.get(averaging, {}).get(factor)
    label = f"GB 3095-{edition}" if edition else "GB 3095"
    if grades is None or question.first.month == question.last.month:
        return label, "NO_STANDARD"
    compared = rounded(converted(value, question.indicator["unit"], unit_of(factor)), 0)
    return label, "MET" if compared <= grades["I II".split().index(choice["grade"])] else "NOT_MET"


def city(statistic, stations, first, last):
    """What of_period() says of the city, and of each station that counts in the period."""
    counting = [s for s in stations if any(first <= day <= last for day in s.counts)]
    return (of_period(statistic, city_values(counting, days_of(first, last)), first, last),
            {s.site["id"]: of_period(statistic, s.values, first, last) for s in counting})


def statistic_of_city(question, of_city):
    """The statistic of a city over a calendar year or month, and that of each station."""
    factor, unit = question.indicator["factor"], question.indicator["unit"]
    (value, used, required, valid), of_stations = of_city
    shown = {}
    for site, (own, days, needed, enough) in of_stations.items():
        shown[site] = {"samplesUsed": str(days), "samplesRequired": str(needed),
                       "value": "", "validity": "MISSING"}
        if own is not None:
            own = converted(own, unit_of(factor), unit)
            shown[site].update(value=print_value(question, own),
                               validity="VALID" if enough else "INVALID_DATA")
    found = answer(question, used, required, sites=shown)
    if value is None:
        return found
    value, verdict = converted(value, unit_of(factor), unit), None
    if "standard" in question.indicator and not question.target:
        found["standard"], verdict = judge_by_standard(question, value)
    return {**found, **judged(question, value, valid, verdict=verdict)}
