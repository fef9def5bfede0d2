"""What the indicators service keeps: sites with their observations, registers with their items, and
the indicators that are computed from them."""

import math

from common import ORIGIN, batches, chance, day, record, singles, spread

COUNTIES = {"新抚区": "210402", "东洲区": "210403", "望花区": "210404", "顺城区": "210411",
            "抚顺县": "210421", "新宾县": "210422", "清原县": "210423"}

# --- Air: daily means of PM2.5 in 2023, and at one station the hours of two months ---

# id, name, place, how much above or below the city's level
STATIONS = [
    ("zhanqian", "站前站(合成)", "新抚区", 2.0), ("wanghua", "望花站(合成)", "望花区", 4.0),
    ("dongzhou", "东洲站(合成)", "东洲区", 3.0), ("shuncheng", "顺城站(合成)", "顺城区", -1.0),
    ("shenfu", "沈抚站(合成)", "顺城区", -3.0),
]
CONTROL = ("control", "大伙房清洁对照点(合成)", "抚顺县", -16.0)
HOURLY = ("zhanqian", ("06", "07"))  # station, months that it reports by the hour


def air_sites():
    made = []
    for i, (name, title, place, _) in enumerate(STATIONS + [CONTROL]):
        site = record(id=f"fushun-air-{name}", name=title, kind="AIR_STATION", set="NATIONAL",
                      fromDay="2013-01-01",
                      point={"lng": round(123.8 + 0.06 * i, 4), "lat": round(41.84 + 0.01 * i, 4)})
        site["region"] = COUNTIES[place]
        if name == "control":
            site["roles"] = [{"role": "CLEAN_CONTROL", "fromDay": "2013-01-01"}]
        made.append(site)
    return made


def hours_of(daily):
    """The hours of a day whose mean is the daily value; on the 10th four are missing."""
    made = []
    for hour in range(24):
        if daily["start"].endswith("-10") and hour % 12 < 2:
            continue
        swing = hour % 4 if hour < 12 else -(hour % 4)
        made.append({**daily, "length": "HOUR", "start": f"{daily['start']}T{hour:02}:00",
                     "value": f"{int(daily['value']) + swing}", "source": "小时数据(合成)"})
    return made


def pm25():
    """365 days at each station, with the gaps that stations have: power cuts, maintenance, and
    values that were found invalid."""
    dice = chance("pm25")
    weather, made = 0.0, []
    down = {name: set(dice.sample(range(365), 7)) for name, *_ in STATIONS + [CONTROL]}
    for number in range(365):
        start = day("2023-01-01", number)
        weather = 0.7 * weather + dice.gauss(0, 6)
        level = 32.6 + 16 * math.cos(2 * math.pi * (number - 15) / 365) + weather
        for name, _, _, offset in STATIONS + [CONTROL]:
            value = max(4, round(level + offset + dice.gauss(0, 2.5)))
            observation = {"siteId": f"fushun-air-{name}", "factor": "PM2_5", "length": "DAY",
                           "start": start, "value": f"{value}", "unit": "μg/m³",
                           "source": "日报(合成)"}
            if number in down[name]:
                if number % 3 == 0:
                    continue
                if number % 3 == 1:
                    observation.update(qualifier="MAINTENANCE", note="设备维护")
                    del observation["value"], observation["unit"]
                else:
                    observation.update(invalid=True, note="质控不合格")
            elif name == HOURLY[0] and start[5:7] in HOURLY[1]:
                made += hours_of(observation)
                continue
            made.append(observation)
    return made


# --- Water: monthly values of 2023 ---

RIVERS = ["浑河", "苏子河", "社河", "英额河", "红河", "东洲河", "章党河"]
# target class, and the level at which the section lies: a class that it keeps in every factor.
NATIONAL = [("II", "I")] * 2 + [("II", "II")] * 5 + [("III", "III")] * 7 + [("II", "III")]
SECTIONS_PROVINCIAL = [("III", "III")] * 2 + [("II", "II")] + [("III", "II")] + [("IV", "IV")] * 2
# factor, decimals, typical value at a class
FACTORS = [
    ("DO", 1, {"I": 9.4, "II": 7.0, "III": 5.8, "IV": 4.0}),
    ("CODMN", 1, {"I": 1.5, "II": 3.1, "III": 4.9, "IV": 7.5}),
    ("COD", 0, {"I": 8, "II": 12, "III": 17, "IV": 25}),
    ("BOD5", 1, {"I": 1.4, "II": 2.2, "III": 3.3, "IV": 4.9}),
    ("NH3N", 2, {"I": 0.09, "II": 0.31, "III": 0.72, "IV": 1.21}),
    ("TP", 3, {"I": 0.014, "II": 0.061, "III": 0.143, "IV": 0.241}),
]


def sections():
    """Every section with the class it keeps; the last two are not in their set at the end of
    2023."""
    rows = [("NATIONAL", *row) for row in NATIONAL]
    rows += [("PROVINCIAL", *row) for row in SECTIONS_PROVINCIAL]
    made = []
    for i, (level, target, keeps) in enumerate(rows):
        made.append((record(
            id=f"fushun-section-{i + 1:02}", name=f"{RIVERS[i % 7]}断面{i + 1:02}(合成)",
            kind="WATER_SECTION", set=level, fromDay="2021-01-01", targetClass=target,
            waterBody="RIVER", freezes=True, waterName=RIVERS[i % 7],
            point={"lng": round(123.9 + 0.05 * i, 4), "lat": round(41.7 + 0.02 * (i % 9), 4)}),
            keeps))
    for i, (title, days) in enumerate([("已退出", {"fromDay": "2016-01-01", "toDay": "2020-12-31"}),
                                       ("新增", {"fromDay": "2024-01-01"})]):
        made.append((record(
            id=f"fushun-section-{len(rows) + 1 + i:02}", name=f"{title}断面(合成)",
            kind="WATER_SECTION", set="NATIONAL", targetClass="III", waterBody="RIVER",
            freezes=True, waterName="浑河", **days), "IV"))
    return made


def water():
    dice = chance("water")
    made = []
    for site, keeps in sections():
        frozen = dice.choice([(1, 2), (1, 2, 12), (1, 2, 3, 12)])
        for month in range(1, 13):
            common = {"siteId": site["id"], "length": "MONTH", "start": f"2023-{month:02}-01",
                      "source": "月报(合成)"}
            if month in frozen:
                made.append({**common, "factor": "NH3N", "qualifier": "FROZEN", "note": "封冻"})
                continue
            values = [("PH", "无量纲", f"{7 + dice.random():.2f}")]
            values += [(factor, "mg/L", f"{typical[keeps] * dice.uniform(0.93, 1.07):.{digits}f}")
                       for factor, digits, typical in FACTORS]
            values.append(("OIL", "mg/L", "0.01L" if month % 2 else "0.02"))
            made += [{**common, "factor": factor, "value": value, "unit": unit}
                     for factor, unit, value in values]
    return made


# --- Registers: id, name, what an item is, unit of the quantities ---

REGISTERS = [
    ("firms", "强制性清洁生产审核企业台账", "通过评估验收的企业,按企业编号去重", "", "industry"),
    ("grounds", "裸露地面和堆场料场覆盖台账", "完成覆盖的点位", "", "urban"),
    ("vehicles", "老旧营运柴油车注销台账", "注销营运资质的车辆", "", "transport"),
    ("screenings", "农村黑臭水体排查台账", "一轮排查识别", "", "ecology"),
    ("villages", "省级美丽宜居村台账", "认定的行政村,按村编号去重", "", "agriculture"),
    ("mines", "矿山恢复治理台账", "一处矿山完成治理的面积", "亩", "resources"),
    ("hazards", "大伙房水源地风险隐患台账", "一项风险隐患,整改完成之日起计", "", "dahuofang"),
    ("fences", "大伙房水源地围栏台账", "一段维修或补建的围栏", "km", "dahuofang"),
]


def registers():
    return [record(id=f"fushun-{i}", name=name, description=description, unit=unit,
                   ownerUnitId=f"fushun-{owner}")
            for i, name, description, unit, owner in REGISTERS]


def item(register, number, counted_on, name, **more):
    county = list(COUNTIES)[number % 7]
    key = f"{register}-{number:04}"
    return {"id": f"fushun-{key}", "origin": ORIGIN, "key": key,
            "name": f"{name}{number:04}(合成)", "place": county, "day": counted_on,
            "state": "DONE", **more}


def counted(register, name, first, last, count):
    return [item(register, i + 1, counted_on, name)
            for i, counted_on in enumerate(spread(register, first, last, count))]


def parts(name, total, count, least):
    """`count` whole numbers, none below `least`, that add up to `total`."""
    dice = chance(f"parts {name}")
    weights = [dice.uniform(0.3, 1.7) for _ in range(count)]
    free = total - least * count
    made = [least + int(free * weight / sum(weights)) for weight in weights]
    made[-1] += total - sum(made)
    return made


def firms():
    made = counted("firms", "示例企业", "2021-03-01", "2023-12-10", 24)
    again = item("firms", 25, "2023-11-20", "示例企业", key="firms-0001")  # audited a second time
    early = item("firms", 26, "2020-09-01", "示例企业")
    return made + [again, early]


def grounds():
    made = counted("grounds", "覆盖点位", "2021-05-10", "2024-06-30", 192)
    return made + [item("grounds", 193, "2024-06-30", "覆盖点位", state="OPEN"),
                   item("grounds", 194, "2023-04-01", "覆盖点位", state="WITHDRAWN",
                        note="重复录入")]


def vehicles():
    made = counted("vehicles", "营运柴油车", "2021-02-01", "2023-12-20", 2092)
    return made + [item("vehicles", 2093, "2024-10-08", "营运柴油车")]


def screenings():
    days = ["2020-06-15", "2021-06-10", "2022-05-20", "2023-05-18", "2024-05-16"]
    return [item("screenings", i + 1, held, "农村黑臭水体排查") for i, held in enumerate(days)]


def villages():
    made = counted("villages", "示例村", "2021-10-01", "2023-12-15", 147)
    return made + [item("villages", 148, "2020-12-10", "示例村"),
                   item("villages", 149, "2024-09-01", "示例村"),
                   item("villages", 150, "2023-12-15", "示例村", key="villages-0009")]


def mines():
    areas = parts("mines", 16833, 46, 60)
    days = spread("mines", "2018-03-01", "2022-12-20", 46)
    made = []
    for i, (area, counted_on) in enumerate(zip(areas, days)):
        quantity = {"quantity": f"{area}", "unit": "亩"}
        if area % 15 == 0:
            quantity = {"quantity": f"{area // 15}", "unit": "公顷"}
        made.append(item("mines", i + 1, counted_on, "示例矿山", **quantity))
    made.append(item("mines", 47, "2017-11-01", "示例矿山", quantity="210", unit="亩"))
    made.append(item("mines", 48, "2023-05-01", "示例矿山", quantity="330", unit="亩"))
    return made


def hazards():
    made = counted("hazards", "风险隐患", "2021-04-20", "2021-12-24", 36)
    return made + [item("hazards", 37, "2022-06-10", "风险隐患"),
                   item("hazards", 38, "2021-12-01", "风险隐患", state="OPEN")]


def fences():
    lengths = parts("fences", 54564, 42, 120)
    days = spread("fences", "2021-05-08", "2023-11-22", 42)
    made = []
    for i, (length, counted_on) in enumerate(zip(lengths, days)):
        quantity = {"quantity": f"{length}", "unit": "m"}
        if i % 2:
            quantity = {"quantity": f"{length // 1000}.{length % 1000:03}", "unit": "km"}
        made.append(item("fences", i + 1, counted_on, "围栏", **quantity))
    made.append(item("fences", 43, "2021-03-30", "围栏", quantity="1.250", unit="km"))
    made.append(item("fences", 44, "2024-04-11", "围栏", quantity="640", unit="m"))
    return made


ITEMS = {"firms": firms, "grounds": grounds, "vehicles": vehicles, "screenings": screenings,
         "villages": villages, "mines": mines, "hazards": hazards, "fences": fences}

# --- Indicators ---

# figure, name, unit, decimals, unit of government that answers for it
HEADS = {
    "F09": ("强制性清洁生产审核企业", "家", 0, "industry"),
    "F11": ("垃圾焚烧处理能力", "吨/日", 0, "urban"),
    "F12": ("三宝屯污水处理能力", "万吨/日", 0, "housing"),
    "F13": ("城市生活污泥无害化处置率", "%", 0, "drainage"),
    "F14": ("裸露地面和堆场料场覆盖", "处", 0, "urban"),
    "F15": ("注销营运资质的老旧柴油车", "台", 0, "transport"),
    "F16": ("PM2.5年均浓度", "μg/m³", 0, "ecology"),
    "F17": ("农村黑臭水体排查", "轮", 0, "ecology"),
    "F18": ("国考断面", "个", 0, "ecology"),
    "F19": ("国考断面水质优良比率", "%", 0, "ecology"),
    "F20": ("省考断面", "个", 0, "ecology"),
    "F21": ("省考断面达标率", "%", 0, "ecology"),
    "F22": ("省级美丽宜居村", "个", 0, "agriculture"),
    "F23": ("畜禽粪污综合利用率", "%", 0, "agriculture"),
    "F24": ("矿山恢复治理面积", "亩", 0, "resources"),
    "F25": ("大伙房水源地风险隐患整改", "项", 0, "dahuofang"),
    "F26": ("围栏维修和补建", "km", 3, "dahuofang"),
}


def of_register(register, aggregate):
    return {"kind": "REGISTER", "direction": "HIGHER_IS_BETTER",
            "registerRule": {"aggregate": aggregate, "registerId": f"fushun-{register}"}}


def of_sections(level, measure=None):
    sites = {"kind": "WATER_SECTION", "set": level}
    if measure is None:
        return {"kind": "REGISTER", "sites": sites, "registerRule": {"aggregate": "SITES"}}
    return {"kind": "CLASS", "direction": "HIGHER_IS_BETTER", "sites": sites,
            "standard": {"name": "GB 3838"},
            "classRule": {"measure": measure, "requiredFactors": ["NH3N", "CODMN"]}}


def ratio(numerator, denominator, unit):
    return {"numeratorFactor": numerator, "denominatorFactor": denominator, "unit": unit}


RULES = {
    "F09": of_register("firms", "DISTINCT"),
    "F11": {"kind": "GAUGE", "direction": "HIGHER_IS_BETTER"},
    "F12": {"kind": "GAUGE", "direction": "HIGHER_IS_BETTER", "headline": True},
    "F13": {"kind": "RATIO", "direction": "HIGHER_IS_BETTER",
            "ratioRule": ratio("disposed", "produced", "t")},
    "F14": of_register("grounds", "COUNT"),
    "F15": of_register("vehicles", "COUNT"),
    "F16": {"kind": "MEAN", "direction": "LOWER_IS_BETTER", "factor": "PM2_5",
            "sites": {"kind": "AIR_STATION"}, "standard": {"name": "GB 3095", "grade": "II"},
            "headline": True},
    "F17": of_register("screenings", "COUNT"),
    "F18": of_sections("NATIONAL"),
    "F19": {**of_sections("NATIONAL", "GOOD"), "headline": True},
    "F20": of_sections("PROVINCIAL"),
    "F21": {**of_sections("PROVINCIAL", "MEETING_TARGET"), "headline": True},
    "F22": of_register("villages", "DISTINCT"),
    "F23": {"kind": "BOUND", "direction": "HIGHER_IS_BETTER",
            "bound": {"comparator": "AT_LEAST", "value": "76", "unit": "%"},
            "ratioRule": ratio("used", "produced", "万吨")},
    "F24": of_register("mines", "SUM"),
    "F25": of_register("hazards", "COUNT"),
    "F26": of_register("fences", "SUM"),
}


def indicators():
    return [record(id=f"fushun-{figure.lower()}", name=name, unit=unit, decimals=decimals,
                   ownerUnitId=f"fushun-{owner}", figureId=figure, **RULES[figure])
            for figure, (name, unit, decimals, owner) in HEADS.items()]


MANURE = {"2020": ("148.1", "199.0"), "2021": ("151.02", "197.86"), "2022": ("153.90", "198.30"),
          "2023": ("157.12", "199.41")}  # 万吨 used, produced


def own_observations():
    """Capacities and amounts, which belong to indicators instead of sites."""
    made = []

    def add(figure, factor, length, start, value, unit):
        made.append({"indicatorId": f"fushun-{figure}", "factor": factor, "length": length,
                     "start": start, "value": value, "unit": unit, "source": "填报(合成)"})

    add("f11", "value", "INSTANT", "2019-12-01T09:00", "600", "吨/日")
    add("f11", "value", "INSTANT", "2022-08-30T09:00", "1200", "吨/日")
    add("f12", "value", "INSTANT", "2019-12-01T09:00", "400000", "t/d")
    add("f12", "value", "INSTANT", "2022-11-30T09:00", "500000", "t/d")
    dice = chance("sludge")
    for year, share in (("2022", 97), ("2023", 100)):
        for month in range(1, 13):
            produced = 4000 + dice.randrange(1200)
            start = f"{year}-{month:02}-01"
            add("f13", "produced", "MONTH", start, f"{produced}", "t")
            add("f13", "disposed", "MONTH", start, f"{produced * share // 100}", "t")
    for year, (used, produced) in MANURE.items():
        add("f23", "used", "YEAR", f"{year}-01-01", used, "万吨")
        add("f23", "produced", "YEAR", f"{year}-01-01", produced, "万吨")
    return made


def observations(name, values):
    return [step._replace(key=f"{name}/{step.key}")
            for step in batches("observations", "MONITOR", values, origin=ORIGIN)]


def steps():
    yield from batches("sites", "MONITOR", air_sites() + [site for site, _ in sections()])
    yield from singles("registers", "OFFICE", registers())
    for register, items in ITEMS.items():
        path = f"/v1/registers/fushun-{register}/items:batchCreate"
        yield from (step._replace(key=f"{register}/{step.key}")
                    for step in batches("items", "OFFICE", items(), path=path))
    yield from singles("indicators", "OFFICE", indicators())
    yield from observations("air", pm25())
    yield from observations("water", water())
    yield from observations("own", own_observations())
