"""The kinds that need no sites: gauges, registers, ratios and bounds."""

from datetime import date

from exact import Fraction, converted, printed, shortest
from judging import Question, answer, judged, print_value
from targets import meets


def gauge(question, observations):
    """The latest usable observation, such as a capacity; it holds until the next."""
    usable = [o for o in observations if o.number is not None and o.day <= question.last]
    if not usable:
        return answer(question, 0, 1)
    latest = max(usable, key=lambda o: o.start)
    value = latest.number_in(question.indicator["unit"])
    return {**answer(question, 1, 1), **judged(question, value, True)}


def register(question, items):
    """台账: items count from their day on, unless they are open or withdrawn. The same key on two
    days is two items and one thing."""
    counting = [i for i in items if i.get("state", "DONE") == "DONE"
                and question.holds(date.fromisoformat(i["day"]))]
    unit = question.indicator["unit"]
    value = {
        "COUNT": lambda: len(counting),
        "DISTINCT": lambda: len({i["key"] for i in counting}),
        "SUM": lambda: sum(converted(Fraction(i["quantity"]), i["unit"], unit) for i in counting),
    }[question.indicator["registerRule"]["aggregate"]]()
    return {**answer(question, len(counting), 0), **judged(question, Fraction(value), True)}


def sites(question, members, last):
    """The sites that are in the set at the end of the period."""
    count = sum(s["fromDay"] <= last.isoformat() <= s.get("toDay", "9999") for s in members)
    return {**answer(question, count, 0), **judged(question, Fraction(count), True)}


def periods_in(question, length):
    """How many whole years, months or days there are from the first day to the last."""
    first, last = question.first, question.last
    years = last.year - first.year + 1
    return {"YEAR": years, "MONTH": 12 * (years - 1) + last.month - first.month + 1,
            "DAY": (last - first).days + 1}[length]


def sums(question, observations):
    """Numerator and denominator over the periods that have both, of the longest length that both
    have; with how many there are and should be."""
    rule = question.indicator["ratioRule"]
    for length in ("YEAR", "MONTH", "DAY"):
        above, below = (
            {o.start: o.number_in(rule["unit"]) for o in observations
             if o.factor == rule[factor] and o.length == length and o.number is not None
             and question.holds(o.day, o.last_day)}
            for factor in ("numeratorFactor", "denominatorFactor"))
        if above and below:
            both = above.keys() & below.keys()
            return (sum(above[s] for s in both), sum(below[s] for s in both),
                    len(both), periods_in(question, length))
    return 0, 0, 0, 1


def print_sum(number):
    return shortest(number) or printed(number, 9)


def ratio(question, observations):
    """Numerator ÷ denominator, both kept; valid when every period has both."""
    above, below, used, required = sums(question, observations)
    found = answer(question, used, required)
    if not used:
        return found
    found.update(numerator=print_sum(above), denominator=print_sum(below))
    if not below:
        return {**found, "validity": "INVALID_DATA", "verdict": "INVALID",
                "reason": "DIVISION_BY_ZERO"}
    value = converted(Fraction(100) * above / below, "%", question.indicator["unit"])
    return {**found, **judged(question, value, used >= required, is_share=True)}


def bound(question, observations):
    """A value of which only a bound is published: every year must be known, and the worst must
    satisfy it."""
    indicator = question.indicator
    limit = question.target or indicator["bound"]
    is_share = "ratioRule" in indicator
    years = range(question.first.year, question.last.year + 1)
    values = {}
    for year in years:
        whole = Question(indicator, date(year, 1, 1), date(year, 12, 31))
        above, below, used, required = sums(whole, observations) if is_share else (0, 0, 0, 1)
        if below and used >= required:
            values[year] = converted(Fraction(100) * above / below, "%", indicator["unit"])
        for o in observations:
            if o.factor == "value" and o.start.year == year and o.number is not None:
                values[year] = o.number_in(indicator["unit"])
    signs = {"AT_LEAST": ">=", "AT_MOST": "<="}
    found = answer(question, len(values), len(years), years={
        year: {"value": print_value(question, values[year], is_share),
               "verdict": "MET" if meets(limit, values[year], indicator["unit"]) else "NOT_MET"}
        if year in values else {"value": "", "verdict": "NO_DATA"}
        for year in years}, bound=signs[limit["comparator"]] + limit["value"])
    if not values:
        return found
    worst = (max if limit["comparator"] == "AT_MOST" else min)(values.values())
    verdict = "MET" if meets(limit, worst, indicator["unit"]) else "NOT_MET"
    return {**found, **judged(question, worst, len(values) == len(years), is_share, verdict)}
