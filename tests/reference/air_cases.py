"""Cases of the means of air."""

from datetime import date, datetime

import air
from drawing import REGION, ask, cut, near, variations
from exact import Fraction, converted
from judging import Question
from records import Observation, World, days_of, last_of_month

# What is measured in which years: every edition, the year that two share, leap years, and a year
# and pollutants without limits.
POOLS = [("PM2_5", 2015), ("PM2_5", 2023), ("PM2_5", 2024), ("PM2_5", 2026), ("PM10", 2026),
         ("NO2", 2028), ("PM10", 2030), ("SO2", 2024), ("SO2", 2031), ("NO2", 2031), ("CO", 2024),
         ("O3_8H", 2023)]
EDGES = {"PM2_5": (15, 35, 30, 10, 25), "PM10": (40, 70, 60, 20, 50), "NO2": (40, 30),
         "SO2": (20, 60), "CO": (4, 1), "O3_8H": (100, 160)}


def valid_days(draw, year):
    """Days with a value, by months: all, a few less, and as many as are just enough or just not."""
    def all_but(month, missing):
        days = days_of(date(year, month, 1), last_of_month(year, month))
        return draw.sample(days, len(days) - missing)

    def just(month, short=0):
        length = last_of_month(year, month).day
        return all_but(month, length - air.days_of_a_month(month) + short)

    months = range(1, 13)
    shape = draw.choice(["whole", "gaps", "gaps", "least", "short", "enough", "one less"])
    if shape in ("whole", "gaps"):
        days = [d for m in months for d in all_but(m, draw.randrange(3) if shape == "gaps" else 0)]
    elif shape in ("least", "short"):
        bad = draw.choice(months) if shape == "short" else 0
        days = [d for m in months for d in just(m, short=int(m == bad))]
    else:  # 324 or 323 days, every month with enough
        days = [d for m in months for d in just(m)]
        spare = [d for d in days_of(date(year, 1, 1), date(year, 12, 31)) if d not in days]
        wanted = air.DAYS_OF_A_YEAR - (shape == "one less") - len(days)
        days += draw.sample(spare, wanted)
    return sorted(days)


def values_around(draw, edge, n):
    """n values whose mean is exactly the edge: what one lies above it, another lies below."""
    half = [Fraction(draw.randrange(0, 1 + int(edge * 1000)), 1000) for _ in range(n // 2)]
    values = [edge - x for x in half] + [edge + x for x in half] + [edge] * (n % 2)
    draw.shuffle(values)
    return values


def daily(draw, site, factor, year):
    days = valid_days(draw, year)
    off = draw.choice([0, 500, 500, 499, 501, -500, 1, -1, 400])
    edge = draw.choice(EDGES[factor]) + Fraction(off, 1000)
    unit = draw.choice([air.unit_of(factor)] * 3 + ["mg/m³", "μg/m³"])
    found = []
    for day, value in zip(days, values_around(draw, edge, len(days))):
        value = cut(converted(value, air.unit_of(factor), unit), 6 if unit == "mg/m³" else 3)
        found.append(Observation(("siteId", site["id"]), factor, "DAY", day, value, unit))
    for o in draw.sample(found, 6):
        o.first_said = "7"
    if draw.random() < 0.3:
        draw.choice(found).invalid = True
        draw.choice(found).qualifier = "NOT_DETECTED"
        draw.choice(found).qualifier = "MAINTENANCE"
    return found


def hourly(draw, site, factor, year, month):
    """A month of hours: days of 19, 20 and 24; some also with a daily value, or an invalid one. Of
    ozone also days with fewer windows than are needed, on both sides of the limit."""
    def observation(length, start, value, of=factor, **more):
        return Observation(("siteId", site["id"]), of, length, start, value, air.unit_of(factor),
                           **more)

    found, ozone = [], factor == "O3_8H"
    for day in days_of(date(year, month, 1), last_of_month(year, month)):
        hours = draw.choice([9, 13, 16, 18, 24] if ozone else [19, 20, 20, 21, 23, 24])
        edge = Fraction(draw.choice(EDGES[factor]))
        for hour in sorted(draw.sample(range(24), hours)):
            value = cut(near(draw, edge, Fraction(1, 2)), 3)
            fate = draw.random()
            found.append(observation(
                "HOUR", datetime(year, month, day.day, hour), value,
                of="O3" if ozone else factor, invalid=fate < 0.01,
                qualifier="NOT_DETECTED" if fate > 0.98 else ""))
        if draw.random() < 0.1:
            found.append(observation("DAY", day, "12", invalid=draw.random() < 0.5))
    return found


def station(draw, world, factor, year):
    """A site of a pool; some enter or leave the set, or are clean control stations for a while."""
    number = world.next_of("sites")
    site = {"id": f"air-{number}", "region": REGION, "name": f"站 {number}",
            "kind": "AIR_STATION", "set": "NATIONAL", "fromDay": "2013-01-01"}
    spring, autumn = f"{year}-03-0{draw.randrange(1, 9)}", f"{year}-10-1{draw.randrange(10)}"
    site.update(draw.choice([
        {}, {}, {}, {}, {"fromDay": spring}, {"toDay": autumn},
        {"roles": [{"role": "CLEAN_CONTROL", "fromDay": spring, "toDay": autumn}]},
        {"roles": [{"role": "CLEAN_CONTROL", "fromDay": autumn}]},
        {"roles": [{"role": "ASSESSMENT", "fromDay": "2013-01-01", "toDay": f"{year - 1}-12-31"},
                   {"role": "CLEAN_CONTROL", "fromDay": f"{year}-01-01"}]}]))
    world.sites.append(site)
    own = daily(draw, site, factor, year)
    if draw.random() < 0.25:
        month = draw.randrange(1, 13)
        own = [o for o in own if o.start.month != month] + hourly(draw, site, factor, year, month)
    world.observations += own
    return air.Station(site, factor, days_of(date(year, 1, 1), date(year, 12, 31)), own)


def statistics(draw, cases):
    """Means and percentiles on the limits of every edition, months and years just valid and just
    not, stations that come, go and control."""
    world = World()
    pools = [(factor, year, [station(draw, world, factor, year) for _ in range(8)])
             for factor, year in POOLS]
    while len(world.cases) < cases:
        factor, year, pool = draw.choice(pools)
        stations = draw.sample(pool, draw.choice([1, 1, 2, 3, 4, 5, 8]))
        unit = draw.choice([air.unit_of(factor)] * 3 + ["μg/m³", "mg/m³"])
        made = {"id": f"mean-{len(world.indicators)}", "region": REGION, "kind": "MEAN",
                "name": f"均值 {len(world.indicators)}", "factor": factor, "unit": unit,
                "decimals": draw.randrange(6),
                "sites": {"kind": "AIR_STATION", "siteIds": [s.site["id"] for s in stations]}}
        if draw.random() < 0.4:
            made["meanRule"] = {"statistic": "PERCENTILE"}
            if draw.random() < 0.3:
                made["meanRule"]["percent"] = draw.choice(["98", "50", "100", "99.9", "0.1"])
        if draw.random() < 0.8:
            made["standard"] = {"name": "GB 3095", "grade": draw.choice(["I", "II"])}
            if draw.random() < 0.3:
                made["standard"]["edition"] = draw.choice(["2012", "2026"])
        world.indicators.append(made)
        for month in [0] + draw.sample(range(1, 13), 4):
            first = date(year, month or 1, 1)
            last = last_of_month(year, month or 12)
            of_city = air.city(air.statistic_of(made), stations, first, last)
            for _ in range(2 if month else 3):
                edges = [of_city[0][0] or Fraction(1), Fraction(draw.choice(EDGES[factor]))]
                asked = variations(draw, edges, air.unit_of(factor))
                asked["unit"] = draw.choice(["", "", "μg/m³", "mg/m³"])
                ask(world, Question(made, first, last, **asked),
                    lambda q: air.statistic_of_city(q, of_city))
    return world
