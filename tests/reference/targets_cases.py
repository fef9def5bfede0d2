"""Cases of targets, by regions and days."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import formulas
import kinds
import kinds_cases
import targets
from drawing import REGION, ask, cut, near, tie
from exact import Fraction, alike, converted, shortest
from formulas import Applied, Number, Operand
from judging import Question
from kinds_cases import indicator
from records import Observation, World, days_of

COUNTIES = ["210402", "210403", "210404"]

# From … to: a year, a leap year, a plan of five years, one of ten, a month, a day.
SPANS = [("2023-01-01", "2023-12-31"), ("2024-01-01", "2024-12-31"), ("2021-01-01", "2025-12-31"),
         ("2016-01-01", "2025-12-31"), ("2024-02-01", "2024-02-29"), ("2024-02-29", "2024-02-29")]


def a_target(draw, middle, unit, span, **more):
    """With a baseline on its worse side, one value not too far from the other, or without."""
    other = draw.choice([unit, unit, draw.choice(alike(unit))])
    limit = near(draw, converted(middle, unit, other), Fraction(1, 1000))
    comparator = draw.choice(["AT_LEAST", "AT_MOST", "EQUAL"])
    made = {"comparator": comparator, "value": cut(limit, draw.choice([0, 1, 2, 6])), "unit": other,
            "fromDay": span[0], "toDay": span[1], **more}
    way = draw.choice([Fraction(1), Fraction(10), Fraction(365), limit / 2 + 1])
    base = Fraction(made["value"]) + way * {"AT_LEAST": -1, "AT_MOST": 1}.get(
        comparator, draw.choice([-1, 1]))
    if draw.random() < 0.8 and base >= 0:
        made["baseline"] = cut(base, 6)
        if Fraction(made["baseline"]) == Fraction(made["value"]):
            del made["baseline"]
    if draw.random() < 0.4:
        made["method"] = draw.choice(["FULL_VALUE", "ROUNDED_VALUE"])
    return made


def on_the_way(draw, target, day, unit):
    """A value where the progress changes its name: at the baseline, at what the day requires, ten
    points of the way further, at the target; or a little off. In another unit, if it fits."""
    if "baseline" not in target:
        places = targets.digits_of(target["value"])
        value = Fraction(target["value"]) + draw.choice([-1, 0, 1]) * Fraction(
            draw.choice([1, 4999, 5000, 5001]), 10**(places + 4))
    else:
        base, limit = Fraction(target["baseline"]), Fraction(target["value"])
        elapsed, _ = targets.shares_of_the_way(target, day, base)
        share = draw.choice([Fraction(0), elapsed, elapsed + Fraction(1, 10), Fraction(1),
                             Fraction(9996, 10000), tie(draw, 3) / 100, elapsed / 2])
        value = base + (limit - base) * share + Fraction(draw.choice([0, 0, 1, -1]), 10**6)
    return shortest(max(Fraction(0), converted(value, target["unit"], unit)), 9) or cut(
        max(Fraction(0), converted(value, target["unit"], unit)), 9)


def days_at(draw, spans):
    """On the first and last day of a target, around them, and in between."""
    first, last = (date.fromisoformat(day) for day in draw.choice(spans))
    return draw.choice([first, last, first - timedelta(1), last - timedelta(1), last + timedelta(1),
                        first + (last - first) / 10, draw.choice(days_of(first, last))])


def of_gauge(draw, world):
    """Values recorded day by day, each near what the target requires on that day."""
    unit = draw.choice(kinds_cases.UNITS_OF_GAUGES)
    made = indicator(world, "GAUGE", unit, draw.randrange(5), targets=[])
    spans = draw.choice([SPANS[:2], SPANS[2:3], SPANS[3:4], SPANS[4:5], SPANS[5:]])
    middle = Fraction(draw.choice([2, 20, 35, 100, 4000]))
    made["targets"] = [a_target(draw, middle, unit, span) for span in spans]
    own = {}
    for day in [days_at(draw, spans) for _ in range(30)]:
        target = next((t for t in made["targets"] if targets.in_force(t, day)), made["targets"][0])
        own[day] = kinds_cases.spoil(draw, Observation(
            ("indicatorId", made["id"]), "value", "INSTANT",
            datetime.combine(day, datetime.min.time()), on_the_way(draw, target, day, unit), unit))
    world.observations += own.values()
    for day in own:
        ask(world, Question(made, None, day, decimals=draw.choice([None, None, 0, 6]),
                            unit=draw.choice(["", "", draw.choice(alike(unit))])),
            lambda q: kinds.gauge(q, list(own.values())))


def some_sites(draw, world):
    """Of counties, with the days in their set."""
    for _ in range(60):
        first = draw.choice(days_of(date(2015, 6, 1), date(2025, 12, 31)))
        number = world.next_of("sites")
        site = {"id": f"place-{number}", "region": draw.choice(COUNTIES), "kind": "OTHER",
                "name": f"点位 {number}", "set": "OTHER", "fromDay": first.isoformat()}
        if draw.random() < 0.4:
            site["toDay"] = (first + timedelta(draw.randrange(2000))).isoformat()
        world.sites.append(site)


def of_counties(draw, world):
    """Counts of sites, and formulas of them, with targets of the city and of its counties."""
    made = indicator(world, "REGISTER", "处", draw.randrange(3), targets=[], sites={
        "kind": "OTHER", "set": "OTHER"}, registerRule={"aggregate": "SITES"})
    share = Number(draw.choice(["3", "7", "0.8"]))
    computed = indicator(world, "FORMULA", "处", draw.randrange(4), targets=[], formula={
        "expression": f"[{made['id']}] ÷ {share.digits}", "operands": []})
    tree = Applied("÷", (Operand(made), share))
    for one in (made, computed):
        for region in draw.sample(["", REGION, *COUNTIES], 3):
            if region == REGION and any("region" not in t for t in one["targets"]):
                continue  # the same region, said and not said
            if region == "" and any(t.get("region") == REGION for t in one["targets"]):
                continue
            spans = draw.choice([SPANS[:2], SPANS[2:3], SPANS[3:4]])
            one["targets"] += [
                a_target(draw, Fraction(draw.randrange(1, 20)), "处", span,
                         **({"region": region} if region else {})) for span in spans]

    def counted(question):
        members = [s for s in world.sites
                   if s["region"] == question.region or question.region in ("", REGION)]
        return kinds.sites(question, members, question.last)

    for _ in range(15):
        day = days_at(draw, SPANS[:4])
        region = draw.choice(["", "", *COUNTIES])
        asked = {"decimals": draw.choice([None, None, 0, 5]), "region": region}
        ask(world, Question(made, None, day, **asked), counted)
        ask(world, Question(computed, None, day, **asked), lambda q: formulas.formula(
            q, tree, lambda one, _: counted(replace(one, region=region)), None))


def reached(draw, cases):
    """Values on and around what a day requires, rounded to it or not; days around the first and the
    last; the target of the region that is asked for, and of no other."""
    world = World(first=20_000)
    some_sites(draw, world)
    while len(world.cases) < cases:
        of_gauge(draw, world)
        of_counties(draw, world)
    return world
