"""Cases of lakes and reservoirs."""

from datetime import date
from math import exp

import lakes
import water
from aqi_cases import Listing
from drawing import cut
from exact import Fraction
from records import World, last_of_month
from water_cases import DIGITS, YEARS, months_with_values, with_mean

COUNTIES = [f"2104{county}" for county in range(80, 100)]

# What is usual, from clear to green.
RANGES = {"CHLA": "0.5 200", "TP": "0.005 0.6", "TN": "0.1 9", "TRANSPARENCY": "0.2 6",
          "CODMN": "1 18"}
# Where the state, or the last digit, changes.
EDGES = [Fraction(edge) for edge in "29.95 30 30.05 49.95 50 50.05 60 60.05 70 70.05 55.55".split()]


def usual(draw, factor):
    least, most = (Fraction(number) for number in RANGES[factor].split())
    return Fraction(cut(least + (most - least) * Fraction(draw.randrange(1000), 1000)**2, 3))


def on_an_edge(draw, means):
    """The chlorophyll a with which the others come out right, to its last digit or one beside."""
    others = sum(lakes.weight(f) * lakes.index(f, value) for f, value in means.items()
                 if f != "CHLA")
    index = (draw.choice(EDGES) - others) / lakes.weight("CHLA")
    a, b, _ = lakes.INDICES["CHLA"]
    exactly = Fraction(exp(min(9, max(-9, (index / 10 - a) / b))))
    step = Fraction(1, 10**DIGITS["CHLA"])
    return max(step, Fraction(cut(exactly, DIGITS["CHLA"])) + draw.choice([-1, 0, 0, 1, 2]) * step)


def points_of(draw, world, name, region):
    """One to four; some leave the set, some freeze, some have a factor or a month less."""
    sites = []
    for _ in range(draw.choice([1, 1, 2, 2, 3, 4])):
        number = world.next_of("sites")
        site = {"id": f"lake-{number}", "region": region, "name": f"湖库点位 {number}",
                "kind": "WATER_SECTION", "set": "NATIONAL", "fromDay": "2016-01-01",
                "waterBody": "LAKE", "waterName": name}
        if draw.random() < 0.4:
            site["freezes"] = True
        if draw.random() < 0.1:
            site["toDay"] = draw.choice(["2023-12-31", "2024-06-30", "2024-02-28"])
        world.sites.append(site)
        sites.append(site)
    return sites


def a_lake(draw, world, name, region):
    """Its points with their monthly values."""
    sites = points_of(draw, world, name, region)
    own = {site["id"]: [] for site in sites}
    for year in YEARS:
        means = {factor: usual(draw, factor) for factor in RANGES}
        if draw.random() < 0.7:
            means["CHLA"] = on_an_edge(draw, means)
        if draw.random() < 0.05:
            means[draw.choice(list(means))] = Fraction(0)
        months = draw.choice([list(range(1, 13)), list(range(1, 13)), months_with_values(draw)])
        for factor, middle in means.items():
            # What one point lies above the mean, another lies below.
            step = Fraction(1, 10**DIGITS[factor])
            off = [step * draw.randrange(0, 1 + int(middle / step) // 2) for _ in sites[1::2]]
            off += [-x for x in off] + [Fraction(0)] * (len(sites) % 2)
            absent = draw.random() < 0.02
            for site, offset in zip(sites, off):
                if absent or draw.random() < 0.02:
                    continue
                mine = months if draw.random() < 0.9 else months_with_values(draw)
                own[site["id"]] += with_mean(draw, site, factor, year, mine, middle + offset)
    for observations in own.values():
        for o in observations:
            if o.factor == "CHLA" and draw.random() < 0.2:
                o.unit = "μg/L"
        world.observations += observations
    return [(site, water.monthly_values(own[site["id"]])) for site in sites]


def trophic_states(draw, cases):
    """Indices on the edges of their states and where they are rounded; points that come to have too
    few months or leave the set; factors that were not observed, or nothing of them."""
    world = World(first=40_000)
    while len(world.cases) < cases:
        name, region = f"lake-{len(world.cases)}", draw.choice(COUNTIES)
        points = a_lake(draw, world, name, region)
        for year in YEARS:
            for month in range(13):
                first, last = date(year, month or 1, 1), last_of_month(year, month or 12)
                counting = [(site, values) for site, values in points
                            if last.isoformat() <= site.get("toDay", "9999")]
                path = f"region={region}&set=NATIONAL&year={year}&name={name}"
                path += f"&month={month}" if month else ""
                found = [{"name": name, **lakes.lake(counting, first, last)}] if counting else []
                world.cases.append((Listing(f"/v1/waterBodies?{path}"), {"waters": found}))
    return world
