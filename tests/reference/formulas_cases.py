"""Cases of formulas."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache

import air
import air_cases
import formulas
import kinds
import kinds_cases
import water
import water_cases
from drawing import REGION, a_day, a_target, ask, cut, tie, turns, variations
from exact import UNITS, Fraction, TooLong, alike
from formulas import Applied, Number, Operand, Over
from judging import Question
from kinds_cases import indicator
from records import Observation, World, days_of, last_of_month

AGGREGATES = ["min", "max", "sum", "mean"]
UNITS_OF_GAUGES = ["t/d", "吨/日", "m³/d", "万m³/d", "mg/L", "μg/m³", "吨", "kg", "m³", "%", "‰", "万元"]
UNITS_OF_VALUES = {
    "mass a day": ["吨/日", "kg/d", "t/h"], "mass": ["吨", "万吨", "kg"], "volume": ["m³", "万m³"],
    "flow": ["m³/d", "m³/h", "m³/s"], "concentration": ["mg/L", "μg/L", "mg/m³"],
    "money": ["万元", "元"], "number": ["%", "%", "‰", "无量纲"]}
YEAR = 2024  # of air and water
MOST_OPERANDS = 200

# How operators may be written, and what stands between the arguments of a function.
SIGNS = {"+": "+＋", "−": "−-－", "×": "×*", "÷": "÷/／", ",": ",，"}


def measure_of(unit):
    measure = UNITS[unit][0]
    return "number" if measure in ("share", "number") else measure


@dataclass
class Leaves:
    """What formulas may refer to: indicators by measure, how each is answered, of which sites."""
    by_measure: dict = field(default_factory=lambda: defaultdict(list))
    answers: dict = field(default_factory=dict)  # id → answer(question, site)
    sites: dict = field(default_factory=dict)  # id → sites(day)
    sizes: dict = field(default_factory=dict)  # of formulas: how many operands they have

    def add(self, made, answer, sites=None):
        self.by_measure[measure_of(made["unit"])].append(made)
        self.answers[made["id"]] = cache(answer)
        if sites:
            self.sites[made["id"]] = sites

    def ask(self, question, site):
        return self.answers[question.indicator["id"]](question.first, question.last, site)

    def sites_of(self, made, day):
        return sorted(self.sites[made["id"]](day))


def a_gauge(draw, world, leaves):
    """Of few different values, so that some are equal and some nothing."""
    unit = draw.choice(UNITS_OF_GAUGES)
    made = indicator(world, "GAUGE", unit, draw.randrange(6))
    few = [Fraction(0), Fraction(draw.randrange(1, 100)), tie(draw, 2), tie(draw, 3)]
    first = draw.choice([date(2014, 1, 1), date(2014, 1, 1), date(2023, 6, 1)])
    own = [Observation(("indicatorId", made["id"]), "value", "INSTANT",
                       datetime.combine(day, datetime.min.time()), cut(draw.choice(few), 6),
                       draw.choice([unit, unit, draw.choice(alike(unit))]))
           for day in draw.sample(days_of(first, date(2031, 12, 31)), 20)]
    if draw.random() < 0.3:
        own = [kinds_cases.spoil(draw, o) for o in own]
    world.observations += own
    leaves.add(made, lambda first, last, _: kinds.gauge(Question(made, first, last), own))


def some_registers(draw, world, leaves):
    number = world.next_of("registers")
    book = {"id": f"register-{number}", "region": REGION, "unit": "吨", "name": f"台账 {number}"}
    world.registers.append(book)
    items = world.items[book["id"]] = [
        {"key": f"{n}", "name": f"{n}", "day": day.isoformat(), "quantity": cut(tie(draw, 2), 6),
         "unit": draw.choice(alike("吨")), "state": draw.choice(["DONE", "DONE", "OPEN"])}
        for n, day in enumerate(draw.sample(days_of(date(2020, 2, 1), date(2024, 12, 31)), 60))]
    for aggregate, unit in (("COUNT", "家"), ("SUM", "万吨")):
        made = indicator(world, "REGISTER", unit, draw.randrange(4), registerRule={
            "aggregate": aggregate, "registerId": book["id"]})
        leaves.add(made, lambda first, last, _, made=made: kinds.register(
            Question(made, first, last), items))


def a_ratio(draw, world, leaves):
    made = kinds_cases.share_indicator(draw, world, "RATIO")
    own = kinds_cases.amounts(draw, made, kinds_cases.months_of(2021, 2024), "MONTH")
    own = [o for o in own if Fraction(o.value.rstrip("L")) or o.factor != "denominatorFactor"]
    world.observations += own
    leaves.add(made, lambda first, last, _: kinds.ratio(Question(made, first, last), own))


def a_mean(draw, world, leaves, factor, pool):
    stations = {s.site["id"]: s for s in draw.sample(pool, draw.choice([1, 2, 3, 5]))}
    made = indicator(world, "MEAN", air.unit_of(factor), draw.randrange(3), factor=factor,
                     sites={"kind": "AIR_STATION", "siteIds": list(stations)})
    if draw.random() < 0.3:
        made["meanRule"] = {"statistic": "PERCENTILE"}

    def answer(first, last, site):
        chosen = [stations[site]] if site else list(stations.values())
        return air.statistic_of_city(Question(made, first, last), air.city(
            air.statistic_of(made), chosen, first, last))

    leaves.add(made, answer, lambda day: [
        name for name, s in stations.items() if air.counts_on(s.site, day)])


def a_class(draw, world, leaves, pool):
    chosen = {site["id"]: (site, values) for site, values in draw.sample(pool, 4)}
    made = indicator(world, "CLASS", "%", draw.randrange(3),
                     sites={"kind": "WATER_SECTION", "siteIds": list(chosen)},
                     classRule={"measure": draw.choice(["GOOD", "MEETING_TARGET"])})

    def sites(day):
        return [name for name, (site, _) in chosen.items()
                if day.isoformat() <= site.get("toDay", "9999")]

    def answer(first, last, site):
        return water.shares(Question(made, first, last), {
            name: water.section(*chosen[name], first, last)
            for name in sites(last) if site in (None, name)})

    leaves.add(made, answer, sites)


def expression(draw, leaves, measure, steps, depth):
    """Of a measure: what can be added up to it, multiplied or divided into it."""
    def of(other=measure):
        return expression(draw, leaves, other, steps, depth - 1)

    if depth == 0 or draw.random() < 0.15:
        known = leaves.by_measure[measure]
        if known and draw.random() < 0.85:
            made = draw.choice(known)
            if steps and draw.random() < 0.4 and made["id"] not in leaves.sizes:
                step, count = draw.choice(steps)
                if step != "sites" or made["id"] in leaves.sites:
                    return Over(draw.choice(AGGREGATES), made, step, count)
            return Operand(made)
        unit = draw.choice(["", "%"] if measure == "number" else UNITS_OF_VALUES.get(
            measure, [measure]))
        return Number(draw.choice(["0", "1", "2", "7", "0.125", "20", "100", "365"]), unit)
    shapes = [
        lambda: Applied(draw.choice("+−"), (of(), of())),
        lambda: Applied(draw.choice("+−"), (of(), of())),
        lambda: Applied(draw.choice(AGGREGATES), tuple(of() for _ in range(draw.randrange(1, 5)))),
        lambda: Applied("×", (of(), of("number"))), lambda: Applied("×", (of("number"), of())),
        lambda: Applied("÷", (of(), of("number"))), lambda: Applied("−", (of(),))]
    if measure == "number":
        other = draw.choice(["mass", "mass a day", "flow", "money", "家"])
        shapes += [lambda: Applied("÷", (of(other), of(other)))] * 4
    for (one, other), product in formulas.PRODUCTS.items():
        time = Number(draw.choice(["1", "365", "24", "0.5"]), draw.choice(["d", "h", "天"]))
        if product == measure:
            shapes.append(lambda one=one, other=other, time=time: Applied("×", (
                of(one), time if other == "time" else of(other))))
        if one == measure:
            shapes.append(lambda product=product, other=other, time=time: Applied("÷", (
                of(product), time if other == "time" else of(other))))
    return draw.choice(shapes)()


def parts_of(part):
    yield part
    for one in getattr(part, "parts", ()):
        yield from parts_of(one)


def size_of(leaves, part):
    """At most so many operands are asked."""
    times = {"months": 48, "years": 4, "sites": 5}
    return sum((one.count or times[one.steps]) if isinstance(one, Over)
               else leaves.sizes.get(one.indicator["id"], 1) if isinstance(one, Operand) else 0
               for one in parts_of(part))


def written(draw, part, names):
    """As text, with the parentheses that it needs, and sometimes others; in any spelling."""
    def space():
        return draw.choice(["", " ", " "])

    def name(made):
        return names.get(made["id"]) or f"[{made['id']}]"

    if isinstance(part, Number):
        return part.digits + (space() + part.unit)
    if isinstance(part, Operand):
        return name(part.indicator)
    if isinstance(part, Over):
        count = f"{part.count} " if part.count else ""
        return f"{part.name}({name(part.indicator)} over {count}{part.steps})"
    if part.name in AGGREGATES:
        between = draw.choice(SIGNS[","]) + space()
        return f"{part.name}({between.join(written(draw, one, names) for one in part.parts)})"
    sign = draw.choice(SIGNS[part.name])

    def side(one, bound):
        binds = {"+": 1, "−": 1, "×": 2, "÷": 2}.get(getattr(one, "name", ""), 3)
        if len(getattr(one, "parts", "12")) == 1 and binds < 3:
            binds = 0  # a sign
        within = written(draw, one, names)
        return f"({within})" if binds < bound or draw.random() < 0.05 else within

    binds = 1 if part.name in "+−" else 2
    if len(part.parts) == 1:
        return f"{sign}{side(part.parts[0], 3)}"
    left, right = part.parts
    return f"{side(left, binds)}{space()}{sign}{space()}{side(right, binds + 1)}"


def is_share(part):
    if isinstance(part, Applied):
        return part.name not in "×÷" and all(is_share(one) for one in part.parts)
    return (part.unit if isinstance(part, Number) else part.indicator["unit"]) in ("%", "‰")


def is_difference_of_shares(part):
    return getattr(part, "name", "") == "−" and len(part.parts) == 2 and is_share(part)


def a_formula(draw, world, leaves, steps):
    """With its expression, or None where it is too large or refers to nothing."""
    measure = draw.choice([*UNITS_OF_VALUES, "number", "number", "mass a day", "mass"])
    tree = expression(draw, leaves, measure, steps, draw.randrange(1, 4))
    size = size_of(leaves, tree)
    if not 0 < size <= MOST_OPERANDS:
        return None
    unit = draw.choice(UNITS_OF_VALUES[measure])
    if is_difference_of_shares(tree) and draw.random() < 0.5:
        unit = "百分点"
    used = {part.indicator["id"] for part in parts_of(tree) if hasattr(part, "indicator")}
    aliases = [f"{word}{n}" for n, word in enumerate(draw.choices("甲乙aPx_", k=len(used)))]
    names = {one: alias for one, alias in zip(sorted(used), aliases) if draw.random() < 0.7}
    text = written(draw, tree, names)
    if len(text) > 1000:
        return None
    made = indicator(world, "FORMULA", unit, draw.randrange(6), formula={
        "expression": text,
        "operands": [{"alias": alias, "indicatorId": one} for one, alias in names.items()]})
    leaves.sizes[made["id"]] = size
    return made, tree


# Which formulas are asked for which periods: how they may run over these, and the periods.
def any_days(draw):
    last = draw.choice([a_day(draw, date(2019, 1, 1), date(2031, 12, 31)), date(2024, 2, 29)])
    return draw.choice([None, a_day(draw, date(2018, 1, 1), last)]), last


def whole_years(draw):
    first, last = sorted(draw.randrange(2021, 2025) for _ in "12")
    return date(first, 1, 1), date(last, 12, 31)


def month_or_year(draw):
    month = draw.choice([0, 0, *range(1, 13)])
    return date(YEAR, month or 1, 1), last_of_month(YEAR, month or 12)


def ending_later(draw):
    return date(draw.randrange(2029, 2033), 1, 1), date(draw.randrange(2032, 2034), 12, 31)


def asked(draw, world, leaves, most, steps, periods, times):
    """Formulas over the leaves and over formulas over them, each for some periods."""
    while len(world.cases) < most:
        drawn = a_formula(draw, world, leaves, steps)
        if not drawn:
            continue
        made, tree = drawn
        unit, edges = made["unit"], [Fraction(1)]

        def evaluate(question):
            return formulas.formula(question, tree, leaves.ask, leaves.sites_of)

        spans = [periods(draw) for _ in range(times)]
        for first, last in spans[:3]:
            try:
                edges.append(Fraction(evaluate(Question(made, first, last)).get("exact", 1)))
            except TooLong:
                pass
        positive = [abs(edge) for edge in edges if abs(edge) < 10**9]
        made["targets"] = [a_target(draw, positive, unit, **days)
                           for days in turns(draw.randrange(1, 3))]
        for first, last in spans:
            ask(world, Question(made, first, last, **variations(draw, positive, unit)), evaluate)
        if len(leaves.by_measure[measure_of(unit)]) < 30 and unit != "百分点" and not any(
                isinstance(part, Over) for part in parts_of(tree)):
            leaves.add(made, lambda first, last, _, made=made, tree=tree: formulas.formula(
                Question(made, first, last), tree, leaves.ask, leaves.sites_of))


def computed(draw, cases):
    """Operands of nothing and without data, ties, equal operands, units that multiply, formulas of
    formulas; over months, years and sites."""
    world = World(first=10_000)
    for part in range(1, 4):  # other leaves each time
        most = cases * part // 3
        leaves, later = Leaves(), Leaves()
        for _ in range(60):
            a_gauge(draw, world, later)
        asked(draw, world, later, most - cases // 4, [("months", 0), ("years", 0)],
              ending_later, 4)
        for _ in range(60):
            a_gauge(draw, world, leaves)
        for _ in range(4):
            some_registers(draw, world, leaves)
        asked(draw, world, leaves, most - cases // 5, (), any_days, 20)
        for _ in range(10):
            a_ratio(draw, world, leaves)
        asked(draw, world, leaves, most - cases // 8, [
            ("months", 0), ("years", 0), ("years", 3), ("months", 14)], whole_years, 12)
        factor = draw.choice(["PM2_5", "SO2", "CO"])
        stations = [air_cases.station(draw, world, factor, YEAR) for _ in range(6)]
        sections = [water_cases.a_section(draw, world) for _ in range(12)]
        for _ in range(6):
            a_mean(draw, world, leaves, factor, stations)
            a_class(draw, world, leaves, sections)
        asked(draw, world, leaves, most, [
            ("sites", 0), ("sites", 0), ("months", 0), ("years", 2), ("months", 3)],
            month_or_year, 12)
    return world
