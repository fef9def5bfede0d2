"""What every evaluation shares: the question asked, the printed value, validity and verdict."""

from dataclasses import dataclass
from datetime import date

from exact import UNITS, Fraction, converted, rounded, rounded_share, shortest, text
from targets import meets, stand, target_of


@dataclass(frozen=True)
class Question:
    """An indicator, as it was created, in a period; the rest is as asked this time."""
    indicator: dict
    first: date | None  # None: from the beginning
    last: date
    decimals: int | None = None
    unit: str = ""
    target: dict | None = None
    region: str = ""  # a part of the indicator's
    compare: bool = False

    def call(self):
        asked = {"fromDay": self.first and self.first.isoformat(), "toDay": self.last.isoformat(),
                 "decimals": self.decimals, "unit": self.unit, "target": self.target,
                 "region": self.region, "compare": self.compare or None}
        return ("POST", f"/v1/indicators/{self.indicator['id']}:evaluate",
                {name: value for name, value in asked.items() if value not in (None, "")})

    @property
    def places(self):
        return self.indicator["decimals"] if self.decimals is None else self.decimals

    @property
    def printed_unit(self):
        return self.unit or self.indicator["unit"]

    def holds(self, first, last=None):
        """Whether a day, or a whole period, lies in the period asked for."""
        return (self.first is None or self.first <= first) and (last or first) <= self.last


def print_value(question, value, is_share=False):
    """Converted exactly and rounded once, to the digits asked for. In another unit without these, to
    the digits of the indicator, or to as many as show there what they show in its own, and without
    zeros behind (500000 t/d is 50 万吨/日)."""
    unit, other = question.indicator["unit"], question.printed_unit
    in_other = converted(value, unit, other)
    whole = 1 / Fraction(UNITS[other][1])

    def once(places):
        return rounded_share(in_other, whole, places) if is_share else rounded(in_other, places)

    if unit == other or question.decimals is not None:
        return text(once(question.places), question.places)
    least = converted(Fraction(1, 10**question.places), unit, other)
    shown = next((places for places in range(9) if Fraction(1, 10**places) <= least), 9)
    places = max(question.places, shown)
    text(once(places), places)  # may be too long
    return shortest(once(places))


def answer(question, used, required, **more):
    """Without any value: nothing to judge."""
    return {"unit": question.printed_unit, "value": "", "validity": "MISSING", "verdict": "NO_DATA",
            "samplesUsed": str(used), "samplesRequired": str(required), **more}


def judged(question, value, valid, is_share=False, verdict=None):
    """With a value, exact and in the indicator's unit. One that is not valid is shown and meets
    nothing."""
    target, found = target_of(question), {}
    if verdict is None and target:
        verdict = "MET" if meets(target, value, question.indicator["unit"]) else "NOT_MET"
        if not question.target:
            found["target"] = stand(question, target, value) if valid else {"verdict": "INVALID"}
    return {**found, "value": print_value(question, value, is_share), "exact": str(Fraction(value)),
            "validity": "VALID" if valid else "INVALID_DATA",
            "verdict": (verdict or "") if valid else "INVALID"}
