"""Targets: which one judges, whether a value reaches it, and how far it has come 序时进度."""

from datetime import date

from exact import Fraction, converted, printed, rounded, rounded_share, text


def in_force(target, day):
    return target.get("fromDay", "") <= day.isoformat() <= target.get("toDay", "9999")


def target_of(question):
    """The one asked for, else the indicator's own for the region that is evaluated, in force at the
    end of the period. A county is not judged by the city's."""
    if question.target:
        return question.target
    whole = question.indicator["region"]
    own = [t for t in question.indicator.get("targets", []) if in_force(t, question.last)
           and (t.get("region") or whole) == (question.region or whole)]
    return own[-1] if own else None


def digits_of(decimal):
    return len(decimal.partition(".")[2])


def meets(target, value, unit):
    """By the full value 全数值比较法: the value as computed, before it is rounded. Where the target
    says so by the rounded one 修约值比较法: rounded to the digits of the target."""
    value, limit = converted(value, unit, target["unit"]), Fraction(target["value"])
    if target.get("method") == "ROUNDED_VALUE":
        value = rounded(value, digits_of(target["value"]))
    return {"AT_LEAST": value >= limit, "AT_MOST": value <= limit,
            "EQUAL": value == limit}[target["comparator"]]


def shares_of_the_way(target, day, value):
    """How much of its time has passed at the end of the day, and how much of the way from the
    baseline has been made."""
    first, last = (date.fromisoformat(target[end]) for end in ("fromDay", "toDay"))
    base, limit = Fraction(target["baseline"]), Fraction(target["value"])
    done = (value - base) / (limit - base)
    if target["comparator"] == "EQUAL":
        done = 1 - abs(1 - done)
    return Fraction((day - first).days + 1, (last - first).days + 1), done


def progress(elapsed, done, reached):
    if reached:
        return "MET"
    if done <= 0:
        return "NOT_STARTED"
    if done < elapsed:
        return "BEHIND"
    return "AHEAD" if done - elapsed >= Fraction(10, 100) else "ON_SCHEDULE"


def stand(question, target, value):
    """How a valid value, in the indicator's unit, stands to the target; with a baseline also how
    far it has come, against what the day requires."""
    unit = question.indicator["unit"]
    reached = meets(target, value, unit)
    found = {"verdict": "MET" if reached else "NOT_MET",
             "method": target.get("method", "FULL_VALUE")}
    if "baseline" not in target:
        return {**found, "progress": ""}
    elapsed, done = shares_of_the_way(
        target, question.last, converted(value, unit, target["unit"]))
    base, limit = Fraction(target["baseline"]), Fraction(target["value"])
    return {**found, "progress": progress(elapsed, done, reached),
            "requiredValue": printed(base + (limit - base) * elapsed, question.places + 3),
            "elapsedPercent": text(rounded_share(100 * elapsed, 100, 1), 1),
            "donePercent": text(rounded_share(100 * done, 100, 1), 1)}
