"""Cases of the classes of water."""

from datetime import date, datetime
from functools import cache

import water
from drawing import REGION, ask, cut, near, variations
from exact import Fraction, converted
from judging import Question
from kinds_cases import a_share
from records import Observation, World, last_of_month

YEARS = (2023, 2024)
DIGITS = {"PH": 2, "WATER_TEMPERATURE": 2, "DO": 3, "CODMN": 3, "COD": 3, "BOD5": 3, "NH3N": 4,
          "TP": 4, "TN": 4, "FLUORIDE": 4, "OIL": 4, "LAS": 4, "SULFIDE": 5, "HG": 8, "CD": 7,
          "CHLA": 4, "TRANSPARENCY": 3}


def limit_near(draw, factor, lake):
    if factor == "PH":
        return Fraction(draw.choice([6, 9, 9]))
    limits = water.LIMITS.get("TP of lakes" if factor == "TP" and lake else factor)
    return draw.choice(limits) if limits else Fraction(3)


def months_with_values(draw):
    """All of a year, one short, and just enough or just not where a river freezes."""
    return sorted(draw.sample(range(1, 13), draw.choice([12, 12, 12, 12, 11, 10, 8, 8, 7, 3])))


def of_factor(draw, site, factor, year, months):
    """Values whose yearly mean is exactly a limit, or a little off."""
    digits = DIGITS.get(factor, 6)
    step = Fraction(1, 10**digits)
    limit = limit_near(draw, factor, site["waterBody"] == "LAKE")
    middle = Fraction(cut(near(draw, limit, draw.choice([step, 10 * step])), digits))
    return with_mean(draw, site, factor, year, months, middle)


def with_mean(draw, site, factor, year, months, middle):
    """Values with this mean: what one month lies above it, another lies below."""
    digits = DIGITS.get(factor, 6)
    step = Fraction(1, 10**digits)
    offsets = [step * draw.randrange(0, 1 + int(middle / step) // 2) for _ in months[1::2]]
    offsets += [-x for x in offsets] + [0] * (len(months) % 2)
    draw.shuffle(offsets)
    found = []
    for month, offset in zip(months, offsets):
        found += of_month(draw, site, factor, year, month, middle + offset, digits)
    return found


def of_month(draw, site, factor, year, month, value, digits):
    """The value of a month: as such, as half of a limit, or as samples whose mean it is."""
    def observation(length, start, number, **more):
        unit = water.unit_of(factor)
        written = draw.choice([unit, unit, "μg/L"]) if unit == "mg/L" else unit
        value = cut(converted(number, unit, written), digits - 3 * (unit != written))
        return Observation(("siteId", site["id"]), factor, length, start, value, written, **more)

    whole, step = date(year, month, 1), Fraction(1, 10**digits)
    fate = draw.random()
    if fate < 0.70:
        return [observation("MONTH", whole, value)]
    if fate < 0.75 and 2 * value < 100:
        return [observation("MONTH", whole, 2 * value, qualifier="NOT_DETECTED")]
    if fate < 0.78:
        why = draw.choice(["FROZEN", "DRY", "MAINTENANCE"])
        return [observation("MONTH", whole, value, qualifier=why)]
    if fate < 0.80:
        return [observation("MONTH", whole, value, invalid=True), observation("DAY", whole, value)]
    if fate < 0.83:
        return [observation("MONTH", whole, value), observation("DAY", whole, value + 1)]
    off = step * draw.randrange(0, 1 + int(value / step) // 2)
    samples = [value - off, value + off] + draw.choice([[], [value]])
    lengths = [("DAY", date(year, month, day)) for day in (3, 17)]
    lengths.append(("INSTANT", datetime(year, month, 28, draw.randrange(24), draw.randrange(60))))
    found = [observation(*at, number) for at, number in zip(lengths, samples)]
    if draw.random() < 0.2:
        at = datetime(year, month, 2, 9, 30)
        found.append(observation("INSTANT", at, value + 2, invalid=True))
    return found


def a_section(draw, world):
    number = world.next_of("sites")
    site = {"id": f"section-{number}", "region": REGION, "name": f"断面 {number}",
            "kind": "WATER_SECTION", "set": draw.choice(["NATIONAL", "PROVINCIAL"]),
            "fromDay": "2016-01-01", "waterBody": draw.choice(["RIVER", "RIVER", "LAKE"])}
    if draw.random() < 0.8:
        site["targetClass"] = draw.choice(water.CLASSES[:5])
    if draw.random() < 0.4:
        site["freezes"] = True
    if draw.random() < 0.1:
        site["toDay"] = draw.choice(["2023-12-31", "2024-06-30", "2024-02-28"])
    world.sites.append(site)
    codes = draw.choice([
        draw.sample(sorted({*water.LIMITS, "PH"} - {"TP of lakes"}), draw.randrange(1, 6)),
        ["DO", "NH3N", "TP", "CODMN"], ["PH", "DO", "TP", "TN", "WATER_TEMPERATURE"],
        ["WATER_TEMPERATURE", "NH3N"], ["TN"]])
    own = []
    for year in YEARS:
        months = months_with_values(draw)
        for factor in codes:
            mine = months if draw.random() < 0.8 else months_with_values(draw)
            own += of_factor(draw, site, factor, year, mine)
    world.observations += own
    return site, water.monthly_values(own)


def classes(draw, cases):
    """Shares of sections; every section and factor of each answer is compared too."""
    world = World()
    pool = [a_section(draw, world) for _ in range(300)]

    @cache
    def judged(number, first, last, needed):
        site, values = pool[number]
        return water.section(site, values, first, last, needed)

    while len(world.cases) < cases:
        chosen = draw.sample(range(len(pool)), draw.choice([1, 2, 3, 5, 8, 13]))
        needed = draw.choice([(), (), ("NH3N",), ("DO", "TP")])
        made = {"id": f"class-{len(world.indicators)}", "region": REGION, "kind": "CLASS",
                "name": f"比例 {len(world.indicators)}", "unit": draw.choice(["%", "%", "‰", "％"]),
                "decimals": draw.randrange(4), "targets": [a_share(draw)],
                "sites": {"kind": "WATER_SECTION",
                          "siteIds": [world.sites[n]["id"] for n in chosen]},
                "classRule": {"measure": draw.choice(["GOOD", "MEETING_TARGET", "WORSE_THAN_V"]),
                              "requiredFactors": needed}}
        world.indicators.append(made)
        for year in YEARS:
            for month in [0, 0] + draw.sample(range(1, 13), 4):
                first, last = date(year, month or 1, 1), last_of_month(year, month or 12)
                ask(world, Question(made, first, last, **variations(draw, None, "%", a_share)),
                    lambda q: water.shares(q, {
                        site["id"]: judged(n, first, last, needed)
                        for n, site in ((n, world.sites[n]) for n in chosen)
                        if last.isoformat() <= site.get("toDay", "9999")}))
    return world
