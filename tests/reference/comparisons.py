"""同比 and 环比: a value against that of an earlier period."""

from dataclasses import replace

from drawing import TODAY
from exact import UNITS, Fraction, converted, printed
from periods import before, earlier, is_whole_months, month_count, months_back


def earlier_period(question, kind):
    """None where there is none before. Of months that have not ended as much is compared as has
    passed; of other days those that have passed are the period."""
    first, last = question.first, question.last
    if not is_whole_months(first, last):
        last = min(last, TODAY)
    if kind == "YEAR_ON_YEAR":
        months, (start, end) = 12, earlier(first, last, 12)
    elif first is None:
        return None
    else:
        months, (start, end) = month_count(first, last), before(first, last)
    return (start, end) if last <= TODAY else (start, min(end, months_back(TODAY, months)))


def why_not(now, period, then):
    """Why there is no comparison, if there is none."""
    if period is None:
        return "NO_EARLIER_PERIOD"
    if now["validity"] != "VALID":
        return {"MISSING": "NO_DATA"}.get(now["validity"], "INVALID")
    if then["validity"] != "VALID":
        return {"MISSING": "NO_EARLIER_DATA"}.get(then["validity"], "EARLIER_INVALID")
    return ""


def change(question, now, then):
    """The difference, before anything was rounded; of shares in percentage points, of other values
    also in % of the earlier one, if that is above 0."""
    unit, other = question.indicator["unit"], question.printed_unit
    value, base = Fraction(now["exact"]), Fraction(then["exact"])
    found = {"value": then["value"], "changeUnit": other, "percent": "", "reason": ""}
    if UNITS[unit][0] == "share":
        points = converted(value - base, unit, "%")
        return {**found, "changeUnit": "百分点", "change": printed(points, question.places)}
    found["change"] = printed(converted(value - base, unit, other), question.places)
    if base == 0:
        return {**found, "reason": "ZERO_BASE"}
    if base < 0:
        return {**found, "reason": "NEGATIVE_BASE"}
    return {**found, "percent": printed(100 * (value - base) / base, 1)}


def comparison(question, kind, now, evaluate):
    period = earlier_period(question, kind)
    found, then = {"kind": kind}, None
    if period:
        first, last = period
        found.update(fromDay=first and first.isoformat(), toDay=last.isoformat())
        then = evaluate(replace(question, first=first, last=last))
    reason = why_not(now, period, then)
    if reason:
        return {**found, "value": then["value"] if then else "", "change": "", "changeUnit": "",
                "percent": "", "reason": reason}
    return {**found, **change(question, now, then)}


def if_begun(evaluate):
    """A period that has not begun has no data."""
    def answer(question):
        if question.first and question.first > min(question.last, TODAY):
            return {"value": "", "validity": "MISSING", "verdict": "NO_DATA", "exact": "",
                    "unit": question.printed_unit, "operands": []}
        return evaluate(question)
    return answer


def compared(question, evaluate):
    """The answer to a question, with both comparisons."""
    evaluate = if_begun(evaluate)
    now = evaluate(replace(question, last=min(question.last, TODAY)))
    return {**now, "comparisons": [comparison(question, kind, now, evaluate)
                                   for kind in ("YEAR_ON_YEAR", "PERIOD_ON_PERIOD")]}
