"""Computes the 28 figures from the sample's own requests, without lucid: what they must come to."""

import datetime
from collections import defaultdict
from fractions import Fraction

from common import AS_OF, CENTRAL

EXPECTED = {
    "F01": ("16", "次"), "F02": ("16", "次"), "F03": ("6", "次"), "F04": ("3", "份"),
    "F05": ("23", "件"), "F06": ("9", "件"), "F07": ("16", "人"), "F08": ("54", "人"),
    "F09": ("24", "家"), "F10": ("3", "个"), "F11": ("1200", "吨/日"), "F12": ("50", "万吨/日"),
    "F13": ("100", "%"), "F14": ("192", "处"), "F15": ("2092", "台"), "F16": ("35", "μg/m³"),
    "F17": ("5", "轮"), "F18": ("15", "个"), "F19": ("100", "%"), "F20": ("6", "个"),
    "F21": ("100", "%"), "F22": ("147", "个"), "F23": ("76", "%"), "F24": ("16833", "亩"),
    "F25": ("36", "项"), "F26": ("54.564", "km"), "F27": ("91", "个"), "F28": ("6", "轮次"),
}
LIMITS = {  # GB 3838-2002, classes I to IV
    "DO": (7.5, 6, 5, 3), "CODMN": (2, 4, 6, 10), "COD": (15, 15, 20, 30), "BOD5": (3, 3, 4, 6),
    "NH3N": (0.15, 0.5, 1, 1.5), "TP": (0.02, 0.1, 0.2, 0.3), "OIL": (0.05, 0.05, 0.05, 0.5),
}


def collect(steps):
    """The records that the steps create, by collection."""
    found = defaultdict(list)
    for step in steps:
        collection = step.path.removeprefix("/v1/").removesuffix(":batchCreate")
        if ":" in collection:
            continue
        lists = [v for k, v in step.body.items() if isinstance(v, list)]
        found[collection] += lists[0] if step.path.endswith(":batchCreate") else [step.body]
    return found


def of_days(records, field, first="", last=AS_OF):
    return [r for r in records if first <= r.get(field, "") <= last and r.get(field)]


def items(found, register, first="", last=AS_OF):
    rows = found[f"registers/fushun-{register}/items"]
    return [r for r in of_days(rows, "day", first, last) if r["state"] == "DONE"]


def ratio_of(found, indicator, numerator, denominator, year):
    sums = defaultdict(Fraction)
    for o in found["observations"]:
        if o.get("indicatorId") == indicator and o["start"].startswith(year):
            sums[o["factor"]] += Fraction(o["value"])
    return sums[numerator], sums[denominator]


def city_days(found, stations):
    """City means of the days on which at least three quarters of the stations have a value."""
    values, hours = defaultdict(list), defaultdict(list)
    for o in found["observations"]:
        if o.get("siteId") in stations and "value" in o and not o.get("invalid"):
            if o["length"] == "HOUR":
                hours[o["siteId"], o["start"][:10]].append(Fraction(o["value"]))
            else:
                values[o["start"]].append(Fraction(o["value"]))
    for (_, start), of_day in hours.items():
        if len(of_day) >= 20:
            values[start].append(sum(of_day) / len(of_day))
    return {d: sum(v) / len(v) for d, v in values.items() if 4 * len(v) >= 3 * len(stations)}


def annual_mean(days):
    """HJ 663: at least 324 days, 27 a month, 25 in February."""
    months = defaultdict(int)
    for d in days:
        months[int(d[5:7])] += 1
    if len(days) < 324 or any(months[m] < (25 if m == 2 else 27) for m in range(1, 13)):
        return None
    return sum(days.values()) / len(days)


def class_of(factor, mean):
    limits = LIMITS[factor]
    for number, limit in enumerate(limits):
        if mean >= Fraction(str(limit)) if factor == "DO" else mean <= Fraction(str(limit)):
            return number + 1
    return 5


def target_of(section):
    return ["I", "II", "III", "IV"].index(section["targetClass"]) + 1


def section_classes(found):
    """Section → class of the yearly means; absent with fewer than eight months."""
    values = defaultdict(lambda: defaultdict(list))
    for o in found["observations"]:
        if o.get("siteId", "").startswith("fushun-section") and "value" in o:
            text = o["value"]
            value = Fraction(text[:-1]) / 2 if text.endswith("L") else Fraction(text)
            values[o["siteId"]][o["factor"]].append(value)
    return {site: max(class_of(f, sum(v) / len(v)) for f, v in factors.items() if f in LIMITS)
            for site, factors in values.items() if len(factors["NH3N"]) >= 8}


def of_tasks(found):
    for figure, body in (("F01", "STANDING_COMMITTEE"), ("F02", "GOVERNMENT_EXECUTIVE"),
                         ("F03", "ECOLOGICAL_COMMISSION")):
        held = of_days(found["meetings"], "day", "2021-04-06")
        yield figure, len([m for m in held if m["body"] == body and m["onRectification"]])
    rules = of_days(found["documents"], "issueDay", "2021-04-06")
    yield "F04", len({d["documentNumber"] for d in rules if d["category"] == "RULE"})
    standing = [p for p in of_days(found["projects"], "listedDay") if p["state"] != "CANCELLED"]
    yield "F10", len([p for p in standing if p["category"] == "RENEWABLE"])
    yield "F27", len([p for p in standing if p.get("inspectionId") == CENTRAL])
    yield "F28", len(of_days(found["reviewRounds"], "day"))


def of_cases(found):
    source = {c["id"]: c["source"] for c in found["clues"]}
    handed_over = ("CENTRAL", "PROVINCIAL")
    yield "F05", len([c for c in of_days(found["clues"], "handledDay", "2021-01-01")
                      if c["source"] in handed_over])
    yield "F06", len([c for c in of_days(found["disciplineCases"], "filingDay", "2021-01-01")
                      if any(source[clue] in handed_over for clue in c["clueIds"])])
    decided = [s for s in of_days(found["sanctions"], "decisionDay", "2021-01-01")
               if not s.get("revoked")]
    for figure, measure in (("F07", "PARTY_ADMIN"), ("F08", "ORGANISATIONAL")):
        yield figure, len({s["personId"] for s in decided if s["measure"] == measure})


def of_registers(found):
    yield "F09", len({i["key"] for i in items(found, "firms", "2021-01-01", "2023-12-31")})
    yield "F14", len(items(found, "grounds"))
    yield "F15", len(items(found, "vehicles"))
    yield "F17", len(items(found, "screenings"))
    yield "F22", len({i["key"] for i in items(found, "villages", "2021-01-01", "2023-12-31")})
    mu = {"亩": 1, "公顷": 15}
    yield "F24", sum(Fraction(i["quantity"]) * mu[i["unit"]]
                     for i in items(found, "mines", "2018-01-01", "2022-12-31"))
    yield "F25", len(items(found, "hazards", "", "2021-12-31"))
    km = {"km": 1, "m": Fraction(1, 1000)}
    total = sum(Fraction(i["quantity"]) * km[i["unit"]]
                for i in items(found, "fences", "2021-05-01", "2023-11-30"))
    yield "F26", f"{float(total):.3f}"


def of_observations(found):
    own = [o for o in found["observations"] if o.get("factor") == "value"]
    latest = {i: max((o for o in own if o["indicatorId"] == i), key=lambda o: o["start"])
              for i in ("fushun-f11", "fushun-f12")}
    yield "F11", latest["fushun-f11"]["value"]
    yield "F12", Fraction(latest["fushun-f12"]["value"]) / 10000
    disposed, produced = ratio_of(found, "fushun-f13", "disposed", "produced", "2023")
    yield "F13", 100 * disposed / produced
    stations = {s["id"] for s in found["sites"] if s["kind"] == "AIR_STATION" and "roles" not in s}
    yield "F16", round(annual_mean(city_days(found, stations)))
    years = [ratio_of(found, "fushun-f23", "used", "produced", str(y)) for y in (2021, 2022, 2023)]
    worst = min(100 * used / produced for used, produced in years)
    assert worst >= 76, f"F23: {float(worst)} is below its bound"
    yield "F23", round(worst)
    classes = section_classes(found)
    for counted, share, level in (("F18", "F19", "NATIONAL"), ("F20", "F21", "PROVINCIAL")):
        in_set = [s for s in of_days(found["sites"], "fromDay", "", "2023-12-31")
                  if s["kind"] == "WATER_SECTION" and s["set"] == level
                  and s.get("toDay", "2023-12-31") >= "2023-12-31"]
        yield counted, len(in_set)
        limit = {s["id"]: 3 if level == "NATIONAL" else target_of(s) for s in in_set}
        assessed = [s for s in in_set if s["id"] in classes]
        met = [s for s in assessed if classes[s["id"]] <= limit[s["id"]]]
        yield share, Fraction(100 * len(met), len(assessed))


def figures(steps):
    """Figure → value, as the notice prints it."""
    found = collect(steps)
    parts = (of_tasks, of_cases, of_registers, of_observations)
    return {figure: str(value) for part in parts for figure, value in part(found)}


def traps(steps):
    """What must not change a figure, and would if it were counted wrongly; answers what is wrong."""
    found = collect(steps)
    everywhere = {s["id"] for s in found["sites"] if s["kind"] == "AIR_STATION"}
    with_control = annual_mean(city_days(found, everywhere))
    classes = section_classes(found)
    own = {s["id"]: s for s in found["sites"] if s["id"] in classes}
    missing = [i for i, s in own.items()
               if s["set"] == "NATIONAL" and classes[i] > target_of(s)]
    beyond = [i for i, s in own.items() if s["set"] == "PROVINCIAL" and classes[i] > 3]
    for wrong, said in (
            (round(with_control) == 35, "the clean control station does not matter to F16"),
            (not missing, "every national section meets its target: F19 could be F21's measure"),
            (not beyond, "every provincial section is I–III: F21 could be F19's measure"),
            (len(found["sanctions"]) <= 70, "persons and sanctions cannot be told apart")):
        if wrong:
            yield said


# What is no record of the sample, or not made up.
REAL = ("observations", "regions", "calendars", "ruleSets")


def shape(steps):
    """Days that exist and a mark on every record; answers what is wrong."""
    for collection, records in collect(steps).items():
        for r in records:
            if collection not in REAL and not r.get("origin", {}).get("synthetic"):
                yield f"{collection}/{r.get('id')} is not marked as synthetic"
            for field, value in r.items():
                if field.endswith("Day") or field == "day":
                    datetime.date.fromisoformat(value)
