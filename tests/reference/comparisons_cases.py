"""Cases of 同比 and 环比."""

from datetime import date, datetime, timedelta
from functools import partial

import comparisons
import formulas
import kinds
import kinds_cases
from drawing import REGION, TODAY, a_day, ask, cut, tie, variations
from exact import Fraction, alike
from formulas import Applied, Number, Operand
from judging import Question
from kinds_cases import indicator
from records import Observation, World, days_of, last_of_month

UNITS_OF_GAUGES = ["t/d", "吨/日", "m³/d", "亩", "km", "MW", "万元", "mg/m³", "℃", "家", "%", "‰"]

# Where periods that are compared begin and end: years, months, leap days and the days around them.
EDGES = [date(2020, 2, 29), date(2020, 2, 28), date(2021, 2, 28), date(2023, 2, 28),
         date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2025, 2, 28),
         date(2023, 12, 31)]


def a_period(draw):
    """Years, months, quarters, any days, some of which have not ended; or from the beginning."""
    year, month = draw.randrange(2018, 2033), draw.randrange(1, 13)
    length = draw.choice([0, 0, 0, 1, 2, min(5, 12 - month), 12 - month])
    end = min(12, month + length)
    edge = draw.choice([*EDGES, a_day(draw, date(2018, 1, 1), date(2031, 12, 31))])
    return draw.choice([
        lambda: (date(year, 1, 1), date(year, 12, 31)),
        lambda: (date(year - draw.randrange(3), 1, 1), date(year, 12, 31)),
        lambda: (date(year, month, 1), last_of_month(year, end)),
        lambda: (date(year - 1, month, 1), last_of_month(year, end)),
        lambda: (date(year, month, 1), last_of_month(year, month)),
        lambda: (edge - timedelta(draw.choice([0, 1, 6, 27, 28, 30, 364, 365, 366])), edge),
        lambda: (edge.replace(day=1), edge),
        lambda: (None, edge),
        lambda: (date(2032, draw.choice([1, 2]), 1), date(2032, draw.choice([2, 3, 12]), 28)),
        lambda: (date(2032, draw.choice([1, 2]), 1), last_of_month(2032, draw.choice([2, 3, 12]))),
    ])()


def next_value(draw, value):
    """After a value: the same, nothing, or a change that ends in a tie, in the unit or in %."""
    change = tie(draw, draw.choice([0, 1, 2])) * draw.choice([1, -1])
    return max(Fraction(0), draw.choice([
        lambda: value, lambda: Fraction(0), lambda: value + change,
        lambda: value * (1 + change / 100), lambda: value * (1 + tie(draw, 1) / 100),
        lambda: Fraction(draw.choice([8, 40, 200, 1000, 10000])),
    ])())


def values_of(draw, made, unit):
    days = {date(year, month, 1) for year in range(2018, 2033) for month in range(1, 13)
            if draw.random() < 0.3} | {day for day in EDGES if draw.random() < 0.3}
    found, value = [], Fraction(draw.choice([1, 8, 40, 200]))
    for day in sorted(day for day in days if day <= TODAY):
        value = Fraction(cut(next_value(draw, value if value < 10**6 else Fraction(8)), 6))
        found.append(Observation(("indicatorId", made["id"]), "value", "INSTANT",
                                 datetime.combine(day, datetime.min.time()),
                                 cut(value, 6), unit))
    return [kinds_cases.spoil(draw, o) if draw.random() < 0.1 else o for o in found]


def ask_all(draw, world, made, evaluate, periods):
    for first, last in periods:
        asked = variations(draw, [Fraction(100)], made["unit"])
        ask(world, Question(made, first, last, **asked, compare=True),
            partial(comparisons.compared, evaluate=evaluate))


def of_gauge(draw, world):
    """And a formula of it that may lie below 0, and one that may divide by nothing."""
    unit = draw.choice(UNITS_OF_GAUGES)
    made = indicator(world, "GAUGE", unit, draw.randrange(5))
    own = values_of(draw, made, unit)
    world.observations += own

    def gauge(question):
        return kinds.gauge(question, own)

    ask_all(draw, world, made, gauge, [a_period(draw) for _ in range(30)])
    less, value = Number("100", unit), Operand(made)
    for text, tree, its_unit in (
            (f"[{made['id']}] − 100 {unit}", Applied("−", (value, less)), unit),
            (f"[{made['id']}] ÷ ([{made['id']}] − 200 {unit})", Applied("÷", (value, Applied(
                "−", (value, Number("200", unit))))), draw.choice(["无量纲", "%"]))):
        one = indicator(world, "FORMULA", its_unit, draw.randrange(4), formula={
            "expression": text, "operands": []})
        ask_all(draw, world, one, lambda q, tree=tree: formulas.formula(
            q, tree, lambda asked, _: gauge(asked), None), [a_period(draw) for _ in range(15)])


def of_register(draw, world):
    number = world.next_of("registers")
    book = {"id": f"register-{number}", "region": REGION, "unit": "吨", "name": f"台账 {number}"}
    world.registers.append(book)
    days = [day for edge in EDGES for day in days_of(edge - timedelta(40), edge + timedelta(3))]
    items = world.items[book["id"]] = [
        {"key": f"{n}", "name": f"{n}", "day": day.isoformat(), "unit": draw.choice(alike("吨")),
         "quantity": cut(tie(draw, draw.randrange(3)), 6)}
        for n, day in enumerate(draw.choices(days, k=80))]
    for aggregate, unit in (("COUNT", "家"), ("SUM", draw.choice(["吨", "万吨", "kg"]))):
        made = indicator(world, "REGISTER", unit, draw.randrange(4), registerRule={
            "aggregate": aggregate, "registerId": book["id"]})
        ask_all(draw, world, made, lambda q: kinds.register(q, items),
                [a_period(draw) for _ in range(20)])


def of_ratio(draw, world):
    made = kinds_cases.share_indicator(draw, world, "RATIO")
    own = kinds_cases.amounts(draw, made, kinds_cases.months_of(2022, 2024), "MONTH")
    world.observations += own
    ask_all(draw, world, made, lambda q: kinds.ratio(q, own),
            [kinds_cases.whole_period(draw, 2023, 2024) for _ in range(30)])


def changes(draw, cases):
    """Changes that end in ties, of nothing, from nothing and from below it; of years, months, leap
    days and what has not ended; without values or with invalid ones, now or then."""
    world = World(first=30_000)
    while len(world.cases) < cases:
        of_gauge(draw, world)
        of_register(draw, world)
        of_ratio(draw, world)
    return world
