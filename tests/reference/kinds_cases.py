"""Cases of gauges."""

from datetime import date, datetime, timedelta

import kinds
from drawing import REGION, a_target, ask, cut, tie, turns, variations
from exact import alike
from judging import Question
from records import Observation, World, days_of

UNITS_OF_GAUGES = ["t/d", "吨/日", "m³/d", "亩", "公顷", "km", "MW", "万元", "%", "mg/m³", "家"]


def indicator(world, kind, unit, decimals, **more):
    made = {"id": f"{kind.lower()}-{len(world.indicators)}", "region": REGION, "kind": kind,
            "name": f"{kind} {len(world.indicators)}", "unit": unit, "decimals": decimals, **more}
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
