"""Cases of the air quality index, of days counted by it, and of the composite index."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial

import air
import aqi
from drawing import a_day, a_target, ask, cut, variations
from exact import Fraction
from judging import Question
from kinds_cases import a_share
from records import Observation, World, days_of, last_of_month

# Each city is a county of its own, observed in one span of days: both editions, the days between
# them, and a February of 29 days.
STARTS = [date(2024, 1, 1), date(2026, 1, 1), date(2025, 11, 20), date(2028, 1, 10)]
DAYS = 180


@dataclass(frozen=True)
class Listing:
    path: str

    def call(self):
        return "GET", self.path, None


def concentration(draw, factor):
    """On a breakpoint, or where rounding decides on which side of it."""
    points = aqi.BREAKPOINTS[factor][:draw.choice([2, 3, 3, 3, 3, 3, 3, 3, 5, 9])] + [60, 120]
    step = Fraction(1, 10**aqi.places_of(factor))
    value = draw.choice(points) + step * draw.choice(
        [0, 0, Fraction(1, 2), Fraction(-1, 2), Fraction(499, 1000), 1, 7, Fraction(3, 2)])
    return max(Fraction(0), draw.choice([value, value, Fraction(draw.randrange(0, 200))]))


def a_city(draw, world, region, start):
    """Its sites, its days, and the daily values of the city and of each of its stations."""
    days, stations = [start + timedelta(n) for n in range(DAYS)], []
    for _ in range(draw.choice([1, 1, 1, 2])):
        site = {"id": f"city-{region}-{len(world.sites)}", "region": region,
                "kind": "AIR_STATION", "name": f"城 {len(world.sites)}", "set": "NATIONAL",
                "fromDay": "2013-01-01"}
        world.sites.append(site)
        by_factor = {}
        for factor in aqi.POLLUTANTS:
            own = [Observation(("siteId", site["id"]), factor, "DAY", day,
                               cut(concentration(draw, factor), 3), air.unit_of(factor))
                   for day in days if draw.random() < 0.985]
            by_factor[factor] = air.Station(site, factor, days, own)
            world.observations += own
        beyond = [day for day, value in by_factor["O3_8H"].values.items() if value > 790]
        hours = [Observation(("siteId", site["id"]), "O3", "HOUR",
                             datetime(day.year, day.month, day.day, hour),
                             cut(concentration(draw, "O3"), 3), "μg/m³")
                 for day in beyond if draw.random() < 0.8 for hour in (13, 15)]
        world.observations += hours
        by_factor["O3"] = air.Station(site, "O3", days, [])
        for o in hours:
            of_day = by_factor["O3"].values
            of_day[o.day] = max(of_day.get(o.day, Fraction(0)), o.number)
        stations.append((site, by_factor))

    def values(of):
        return {factor: air.city_values([by_factor[factor] for _, by_factor in of], days)
                for factor in [*aqi.POLLUTANTS, "O3"]}

    return days, values(stations), {site["id"]: values([(site, by)]) for site, by in stations}


def cities_of(draw, world, counties):
    return [(region, *a_city(draw, world, region, draw.choice(STARTS)))
            for region in (f"2104{county:02}" for county in counties)]


def days_of_cities(draw, cases):
    """Day by day, in cities and at stations."""
    world = World()
    cities = cities_of(draw, world, range(1, 25))
    listed = 0
    while listed < cases:
        region, days, city, stations = draw.choice(cities)
        first = draw.choice(days)
        last = min(days[-1], first + timedelta(draw.randrange(60)))
        edition = draw.choice(["", "", "", "2012", "2026"])
        site = draw.choice([None, *stations])
        path = f"siteId={site}" if site else f"region={region}"
        path += f"&fromDay={first}&toDay={last}&pageSize=1000"
        path += f"&edition={edition}" if edition else ""
        found = {day.isoformat(): aqi.index_of_day(stations[site] if site else city, day, edition)
                 for day in days_of(first, last)}
        listed += len(found)
        world.cases.append((Listing(f"/v1/airQuality?{path}"), {"days": found}))
    return world


def counts_of_days(draw, cases):
    """Shares and counts of days by class, with days taken out and a least number of valid ones."""
    world = World()
    cities = cities_of(draw, world, range(26, 50))

    @cache
    def index_on(number, day, edition):
        return aqi.index_of_day(cities[number][2], day, edition)

    while len(world.cases) < cases:
        number = draw.randrange(len(cities))
        region, days, *_ = cities[number]
        measure = draw.choice(["RATIO", "COUNT"])
        rule = {"measure": measure}
        if draw.random() < 0.3:
            rule["classes"] = draw.sample([name for _, name in aqi.CLASSES], draw.randrange(1, 4))
        if draw.random() < 0.5:
            rule["removedDays"] = [{"day": day.isoformat(), "reason": "沙尘天气"}
                                   for day in draw.sample(days, draw.randrange(1, 9))]
        rule.update(draw.choice([{}, {}, {"edition": "2012"}, {"edition": "2026"},
                                 {"editionOfDay": True}]))
        if draw.random() < 0.3:
            rule["validPercent"] = draw.choice([75, 90, 95, 100])
        unit = draw.choice(["%", "‰"]) if measure == "RATIO" else "天"
        made = {"id": f"days-{len(world.indicators)}", "region": region, "kind": "AIR_DAYS",
                "name": f"优良天数 {len(world.indicators)}", "unit": unit, "airDaysRule": rule,
                "decimals": draw.randrange(4), "sites": {"kind": "AIR_STATION"}}
        share = measure == "RATIO"
        target = (lambda *_: a_share(draw)) if share else a_target
        made["targets"] = [target(draw, [Fraction(30)], unit)]
        world.indicators.append(made)
        for _ in range(25):
            first, last = sorted(a_day(draw, days[0], days[-1]) for _ in "12")
            ask(world, Question(made, first, last, **variations(
                draw, [Fraction((last - first).days)], unit, target)),
                lambda q: aqi.counted_days(q, partial(index_on, number)))
    return world


def composites(draw, cases):
    """Sums of a month or a year, by grades and editions, some with a pollutant that is missing."""
    world = World()
    cities = cities_of(draw, world, range(51, 75))
    while len(world.cases) < cases:
        region, days, city, _ = draw.choice(cities)
        made = {"id": f"composite-{len(world.indicators)}", "region": region,
                "kind": "COMPOSITE", "name": f"综合指数 {len(world.indicators)}", "unit": "无量纲",
                "decimals": draw.randrange(5), "sites": {"kind": "AIR_STATION"},
                "compositeRule": {},
                "standard": {"name": "GB 3095", "grade": draw.choice(["I", "II"])}}
        made["standard"].update(draw.choice([{}, {}, {"edition": "2012"}, {"edition": "2026"}]))
        made["targets"] = [a_target(draw, [Fraction(3)], "无量纲")]
        world.indicators.append(made)
        for day in draw.sample(days[::5], 12):
            first, last = date(day.year, day.month, 1), last_of_month(day.year, day.month)
            if draw.random() < 0.2:
                first, last = date(day.year, 1, 1), date(day.year, 12, 31)
            asked = variations(draw, [Fraction(5)], "无量纲")
            ask(world, Question(made, first, last, **{**asked, "unit": ""}),
                lambda q: aqi.composite(q, city))
    return world
