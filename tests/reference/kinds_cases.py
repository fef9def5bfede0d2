"""Cases of gauges, registers, ratios and bounds."""

from datetime import date, datetime, timedelta

import kinds
from drawing import REGION, TODAY, a_target, ask, cut, near, tie, turns, variations
from exact import Fraction, alike, converted
from judging import Question
from records import Observation, World, days_of, last_of_month

UNITS_OF_GAUGES = ["t/d", "吨/日", "m³/d", "亩", "公顷", "km", "MW", "万元", "%", "mg/m³", "家"]


def indicator(world, kind, unit, decimals, **more):
    number = world.next_of("indicators")
    made = {"id": f"{kind.lower()}-{number}", "region": REGION, "kind": kind,
            "name": f"{kind} {number}", "unit": unit, "decimals": decimals, **more}
    world.indicators.append(made)
    return made


def spoil(draw, observation):
    """Sometimes there is no plain value, or the first one was wrong."""
    fate = draw.random()
    if fate < 0.05:
        observation.qualifier = draw.choice(["DRY", "FROZEN", "MAINTENANCE"])
    elif fate < 0.10:
        observation.qualifier = "NOT_DETECTED"
    elif fate < 0.13:
        observation.value += "L"
    elif fate < 0.18:
        observation.invalid = True
    elif fate < 0.25:
        observation.first_said = "7.25"
    return observation


def gauges(draw, cases):
    """Latest values, rounded and converted: ties, ends of targets, limits exactly met."""
    world = World()
    while len(world.cases) < cases:
        unit, decimals = draw.choice(UNITS_OF_GAUGES), draw.randrange(6)
        made = indicator(world, "GAUGE", unit, decimals)
        own = [spoil(draw, Observation(
            ("indicatorId", made["id"]), "value", "INSTANT",
            datetime.combine(day, datetime.min.time()) + timedelta(minutes=draw.randrange(1440)),
            cut(tie(draw, draw.randrange(5)), 8), draw.choice(alike(unit))))
            for day in draw.sample(days_of(date(2015, 1, 1), date(2031, 12, 31)), 20)]
        world.observations += own
        values = [o.number_in(unit) for o in own if o.number is not None]
        made["targets"] = [a_target(draw, values, unit, **days)
                           for days in turns(draw.randrange(1, 4))]
        for _ in range(50):
            edge = draw.choice(own).day + timedelta(draw.choice([-1, 0, 0, 1]))
            last = draw.choice([edge, edge, date.fromisoformat(made["targets"][-1]["fromDay"])])
            ask(world, Question(made, None, last, **variations(draw, values, unit)),
                lambda q: kinds.gauge(q, own))
    return world


def registers(draw, cases):
    """Counts, distinct counts and sums of items, from and to their very days."""
    world = World()
    while len(world.cases) < cases:
        unit = draw.choice(["亩", "km", "万吨", "吨", "m²"])
        book = {"id": f"register-{len(world.registers)}", "region": REGION, "unit": unit,
                "name": f"台账 {len(world.registers)}"}
        world.registers.append(book)
        days = (days_of(date(2020, 2, 1), date(2020, 3, 31))
                + days_of(date(2023, 12, 1), date(2024, 3, 5)))
        keys = [(key, day) for key in "甲乙丙丁戊己" for day in draw.sample(days, 7)]
        items = world.items[book["id"]] = [
            {"key": key, "name": key, "day": day.isoformat(), "note": "核查",
             "quantity": cut(tie(draw, draw.randrange(4)), 6), "unit": draw.choice(alike(unit)),
             "state": draw.choice(["DONE", "DONE", "DONE", "OPEN", "WITHDRAWN"])}
            for key, day in keys]
        for aggregate in ("COUNT", "DISTINCT", "SUM"):
            its_unit = draw.choice(alike(unit) if aggregate == "SUM" else ["家", "处", "台"])
            made = indicator(world, "REGISTER", its_unit, draw.randrange(4), registerRule={
                "aggregate": aggregate, "registerId": book["id"]})
            evaluate = lambda q: kinds.register(q, items)  # noqa: E731
            totals = [Fraction(evaluate(Question(made, None, TODAY, decimals=6))["value"])]
            made["targets"] = [a_target(draw, totals, its_unit)]
            for _ in range(50):
                ends = sorted(draw.choice(days) + timedelta(draw.choice([-1, 0, 1])) for _ in "12")
                first = draw.choice([None, ends[0]])
                ask(world, Question(made, first, ends[1], **variations(draw, totals, its_unit)),
                    evaluate)
    return world


def shares(draw, denominator):
    """A numerator: all, nearly all, nothing, or so that the share ends in a tie."""
    return draw.choice([
        lambda: denominator, lambda: denominator * Fraction(9999, 10000),
        lambda: denominator * Fraction(10001, 10000), lambda: denominator * Fraction(0),
        lambda: denominator * Fraction(draw.randrange(1, 200), 200),
        lambda: denominator * Fraction(draw.randrange(1, 2000), 2000),
        lambda: denominator * Fraction(draw.randrange(0, 1000), 997),
    ])()


def amounts(draw, made, spans, length):
    """Numerators and denominators of periods, with gaps."""
    rule, found = made["ratioRule"], []
    for start in spans:
        denominator = Fraction(draw.choice([0, 1, 8, 40, 200, 10000, draw.randrange(1, 10**5)]))
        for factor, amount in (("denominatorFactor", denominator),
                               ("numeratorFactor", shares(draw, denominator))):
            if draw.random() < 0.02:
                continue
            unit = draw.choice([rule["unit"], rule["unit"], "kg", "吨"])
            observation = Observation(("indicatorId", made["id"]), rule[factor], length, start,
                                      cut(converted(amount, rule["unit"], unit), 9), unit)
            found.append(spoil(draw, observation) if draw.random() < 0.1 else observation)
    return found


def months_of(first, last):
    return [date(year, month, 1) for year in range(first, last + 1) for month in range(1, 13)]


def share_indicator(draw, world, kind, **more):
    rule = {"numeratorFactor": "disposed", "denominatorFactor": "produced", "unit": "吨"}
    return indicator(world, kind, draw.choice(["%", "%", "%", "‰", "％"]), draw.randrange(4),
                     ratioRule=rule, **more)


def a_share(draw, *_):
    return a_target(draw, [Fraction(n) for n in (100, 50, Fraction(25, 2), 76, 90)], "%")


def whole_period(draw, first, last):
    """Months or years, from the first day of one to the last day of another."""
    months = sorted(12 * draw.randrange(first, last + 1) + draw.randrange(12) for _ in "12")
    return draw.choice([
        lambda: (date(months[0] // 12, 1, 1), date(months[1] // 12, 12, 31)),
        lambda: (date(months[0] // 12, months[0] % 12 + 1, 1),
                 last_of_month(months[1] // 12, months[1] % 12 + 1)),
        lambda: (date(months[0] // 12, months[0] % 12 + 1, 1),
                 last_of_month(months[0] // 12, months[0] % 12 + 1)),
    ])()


def ratios(draw, cases):
    """Shares of 100 % and nearly, ties, missing periods, denominators of nothing."""
    world = World()
    while len(world.cases) < cases:
        made = share_indicator(draw, world, "RATIO", targets=[a_share(draw)])
        own = amounts(draw, made, months_of(2023, 2024), "MONTH")
        own += amounts(draw, made, [date(y, 1, 1) for y in range(2019, 2023)], "YEAR")
        own += amounts(draw, made, days_of(date(2016, 2, 1), date(2016, 2, 29)), "DAY")
        world.observations += own
        for _ in range(60):
            first, last = draw.choice([
                lambda: whole_period(draw, 2018, 2025), lambda: whole_period(draw, 2023, 2024),
                lambda: (date(draw.choice([2019, 2020, 2021, 2022]), 1, 1), date(2022, 12, 31)),
                lambda: (date(2016, 2, draw.randrange(1, 15)),
                         date(2016, 2, draw.randrange(15, 30))),
            ])()
            ask(world, Question(made, first, last, **variations(draw, None, "%", a_share)),
                lambda q: kinds.ratio(q, own))
    return world


def bounds(draw, cases):
    """Years on, above and below a bound; years unknown; yearly values that are shares."""
    def a_bound(*_):
        return {**a_share(draw), "comparator": draw.choice(["AT_LEAST", "AT_MOST"])}

    world = World()
    while len(world.cases) < cases:
        limit, years = a_bound(), [date(y, 1, 1) for y in range(2016, 2026)]
        if draw.random() < 0.5:
            made = share_indicator(draw, world, "BOUND", bound=limit)
            own = amounts(draw, made, years[:5], "YEAR")
            own += amounts(draw, made, months_of(2021, 2025), "MONTH")
        else:
            made = indicator(world, "BOUND", "%", draw.randrange(4), bound=limit)
            own = []
            for start in years[:-1]:
                unit = draw.choice(["%", "‰"])
                edge = converted(Fraction(limit["value"]), limit["unit"], unit)
                own.append(spoil(draw, Observation(
                    ("indicatorId", made["id"]), "value", "YEAR", start,
                    cut(near(draw, edge, Fraction(1, 10**6)), 9), unit)))
        world.observations += own
        for _ in range(40):
            first, last = sorted(draw.randrange(2016, 2026) for _ in "12")
            ask(world, Question(made, date(first, 1, 1), date(last, 12, 31),
                                **variations(draw, None, "%", a_bound)),
                lambda q: kinds.bound(q, own))
    return world
