"""What is recorded before anything is evaluated, as it is sent; and what a record counts as."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property

from exact import Fraction, converted

NO_VALUE = ("DRY", "FROZEN", "MAINTENANCE")


def last_of_month(year, month):
    return date(year, month, monthrange(year, month)[1])


def days_of(first, last):
    return [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]


@dataclass(eq=False)
class Observation:
    """A value of one factor at a site, or of an indicator itself, in one period."""
    owner: tuple  # ("siteId", id) or ("indicatorId", id)
    factor: str
    length: str
    start: date  # a datetime of an HOUR or INSTANT, labelled by its start
    value: str
    unit: str
    qualifier: str = ""
    invalid: bool = False
    first_said: str = ""  # what was recorded before it was corrected

    @cached_property
    def day(self):
        return self.start.date() if isinstance(self.start, datetime) else self.start

    @cached_property
    def last_day(self):
        if self.length == "YEAR":
            return date(self.start.year, 12, 31)
        if self.length == "MONTH":
            return last_of_month(self.start.year, self.start.month)
        return self.day

    @cached_property
    def number(self):
        """Half of the limit where nothing was detected 未检出; None where it may not be used."""
        if self.invalid or self.qualifier in NO_VALUE:
            return None
        undetected = self.qualifier == "NOT_DETECTED" or self.value.endswith("L")
        return Fraction(self.value.rstrip("L")) / (2 if undetected else 1)

    @cache
    def number_in(self, unit):
        return self.number if unit == self.unit else converted(self.number, self.unit, unit)

    def sent(self, corrects=False):
        start = self.start.isoformat(timespec="minutes") if isinstance(
            self.start, datetime) else self.start.isoformat()
        record = {self.owner[0]: self.owner[1], "factor": self.factor, "length": self.length,
                  "start": start}
        if self.first_said and not corrects:
            return {**record, "value": self.first_said, "unit": self.unit}
        if self.qualifier not in NO_VALUE:
            record.update(value=self.value, unit=self.unit)
        if self.qualifier:
            record["qualifier"] = self.qualifier
        if self.invalid:
            record["invalid"] = True
        if corrects or self.invalid:
            record["note"] = "复核"
        return record


@dataclass
class World:
    """Everything that one family of cases is evaluated from, and the cases: questions with the
    answers that the standard gives. No two worlds have records of one name: what they number alike
    begins at different numbers."""
    first: int = 0
    sites: list = field(default_factory=list)
    registers: list = field(default_factory=list)
    items: dict = field(default_factory=dict)  # register → items
    observations: list = field(default_factory=list)
    indicators: list = field(default_factory=list)
    cases: list = field(default_factory=list)

    def next_of(self, kind):
        return self.first + len(getattr(self, kind))
