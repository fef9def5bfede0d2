"""公式: indicators that are computed from others, in the units of what they measure."""

from dataclasses import dataclass
from operator import add

from drawing import TODAY
from exact import UNITS, Fraction
from judging import Question, judged
from periods import earlier, months_back, months_of, years_of

# What one base unit of a measure is in m, kg and days, so that products come out right: 1 mg/L ×
# 1 m³/d is 1 g/d. Everything else is its own base unit.
COHERENT = {"concentration": Fraction(1, 10**9)}
TIMES = {"d": Fraction(1), "天": Fraction(1), "h": Fraction(1, 24)}

# The measure of a product; of a quotient it is the other way round.
PRODUCTS = {("mass a day", "time"): "mass", ("flow", "time"): "volume",
            ("concentration", "volume"): "mass", ("concentration", "flow"): "mass a day"}


@dataclass(frozen=True)
class Number:
    digits: str
    unit: str = ""


@dataclass(frozen=True)
class Operand:
    indicator: dict


@dataclass(frozen=True)
class Applied:
    """One of + − × ÷ to two parts, "−" to one, or min, max, sum or mean to any number."""
    name: str
    parts: tuple


@dataclass(frozen=True)
class Over:
    """min, max, sum or mean over the "sites" of an indicator, or over "years" or "months": so many,
    or (0) those of the period."""
    name: str
    indicator: dict
    steps: str
    count: int = 0


def size_of(unit):
    """One of a unit in coherent base units; a share is a number."""
    if not unit:
        return Fraction(1)
    if unit == "百分点":
        return Fraction(1, 100)
    measure, factor = ("time", TIMES[unit]) if unit in TIMES else UNITS[unit]
    return factor * COHERENT.get(measure, Fraction(1))


def aggregated(name, values):
    return {"min": min, "max": max, "sum": sum,
            "mean": lambda v: sum(v) / Fraction(len(v))}[name](values)


class Computation:
    """What is met on the way. `ask(question, site)` answers an operand, `sites_of(indicator, day)`
    names its sites; `reasons` says why there is no valid value, the first that was met first."""

    def __init__(self, question, ask, sites_of):
        self.question, self.ask, self.sites_of = question, ask, sites_of
        self.operands, self.reasons = [], []

    def operand(self, indicator, first, last, site=None):
        last = min(last, TODAY)
        found = self.ask(Question(indicator, first, last), site)
        self.operands.append({
            "indicatorId": indicator["id"], "name": indicator["name"], "siteId": site or "",
            "fromDay": first and first.isoformat(), "toDay": last.isoformat(),
            "value": found["value"], "unit": indicator["unit"], "validity": found["validity"]})
        if found["validity"] != "VALID":
            self.reasons.append({"MISSING": "NO_OPERAND"}.get(found["validity"], "INVALID_OPERAND"))
        return Fraction(found["exact"]) * size_of(indicator["unit"]) if found["value"] else None

    def slices(self, over):
        """The periods and sites of "over"; what has not begun is not asked."""
        first, last = self.question.first, self.question.last
        if over.steps == "sites":
            return [(first, last, site) for site in self.sites_of(over.indicator, last)]
        if over.steps == "months":
            spans = months_of(first, last)
            if over.count:
                spans = months_of(months_back(last.replace(day=1), over.count - 1), last)
        elif over.count:
            spans = [earlier(first, last, 12 * n) for n in reversed(range(over.count))]
        else:
            spans = years_of(first, last)
        return [(*span, None) for span in spans if span[0] <= TODAY]

    def value(self, part):
        """In coherent base units; None where there is none."""
        if isinstance(part, Number):
            return Fraction(part.digits) * size_of(part.unit)
        if isinstance(part, Operand):
            return self.operand(part.indicator, self.question.first, self.question.last)
        if isinstance(part, Over):
            values = [self.operand(part.indicator, *one) for one in self.slices(part)]
            if not values:  # as no site counts
                self.reasons.append("NO_OPERAND")
                return None
        else:
            values = [self.value(one) for one in part.parts]
        if None in values:
            return None
        if part.name in ("min", "max", "sum", "mean"):
            return aggregated(part.name, values)
        if part.name == "÷" and values[1] == 0:
            self.reasons.append("DIVISION_BY_ZERO")
            return None
        if len(values) == 1:
            return -values[0]
        return {"+": add, "−": lambda a, b: a - b, "×": lambda a, b: a * b,
                "÷": lambda a, b: a / Fraction(b)}[part.name](*values)


def formula(question, expression, ask, sites_of):
    """An operand without data leaves nothing to judge; an invalid one makes the value invalid, and
    so does a division by zero, after which there is none."""
    computation = Computation(question, ask, sites_of)
    value = computation.value(expression)
    reasons = computation.reasons
    reason = "NO_OPERAND" if "NO_OPERAND" in reasons else reasons[0] if reasons else ""
    found = {"unit": question.printed_unit, "value": "", "reason": reason,
             "operands": computation.operands}
    if reason == "NO_OPERAND":
        return {**found, "validity": "MISSING", "verdict": "NO_DATA"}
    if value is None:
        return {**found, "validity": "INVALID_DATA", "verdict": "INVALID"}
    value /= size_of(question.indicator["unit"])
    return {**found, **judged(question, value, valid=not reason)}

