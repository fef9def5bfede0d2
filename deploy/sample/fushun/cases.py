"""What the cases service keeps: petitions, clues, discipline cases and sanctions."""

from common import LIVE_ORIGIN, REGION, Step, batches, chance, day, record, singles, spread

COUNTY_CODES = {"新抚区": "210402", "东洲区": "210403", "望花区": "210404", "顺城区": "210411",
                "抚顺县": "210421", "新宾县": "210422", "清原县": "210423"}
# pollution types, what is reported
MATTERS = [
    (["AIR"], "附近企业夜间排放刺激性气味"), (["DUST"], "料场未覆盖,大风天扬尘"),
    (["WATER"], "河沟水体发黑有异味"), (["NOISE"], "施工工地夜间噪声"),
    (["COOKING_FUME"], "餐饮店油烟直排"), (["SOLID_WASTE"], "路旁堆放建筑垃圾"),
    (["SOIL", "SOLID_WASTE"], "空地倾倒工业废渣"), (["ECOLOGY"], "采石后山体未恢复"),
    (["AIR", "NOISE"], "加工点废气和噪声"), (["WATER", "SOIL"], "养殖粪污外流"),
    (["OTHER"], "环境卫生长期无人清理"), (["RADIATION"], "担心基站电磁辐射"),
]
PETITION_STATES = (["ACCEPTED"] * 9 + ["CLOSED"] * 7 + ["STAGE_CLOSED"] * 2 + ["OPEN"]
                   + ["NOT_ACCEPTED"])  # of every twenty
PETITIONS = 320
MATTERS_DAYS = ("2021-04-06", "2021-05-05")


def dispositions(dice):
    kinds = [("ORDERED_TO_RECTIFY", "1")]
    if dice.random() < 0.4:
        kinds.append(("PENALISED", "1"))
        kinds.append(("FINE", f"{dice.randrange(2, 200) * 1000}.{dice.randrange(100):02}"))
    if dice.random() < 0.05:
        kinds.append(("SUMMONED", "2"))
    return [{"kind": kind, "count": count} for kind, count in kinds]


def settle(petition, state, received, dice):
    """How a petition ended, with the days of it."""
    petition["state"] = state
    petition["unitId"] = f"fushun-{dice.choice(['ecology', 'urban', 'water', 'agriculture'])}"
    petition["dueDay"] = day(received, 10)
    petition["finding"] = dice.choices(
        ["TRUE", "BASICALLY_TRUE", "PARTLY_TRUE", "UNTRUE"], [5, 3, 4, 2])[0]
    if petition["finding"] == "UNTRUE":
        petition["findingBasis"] = "现场检查和监测均未发现所反映的问题(合成)"
    else:
        petition["dispositions"] = dispositions(dice)
    if state == "STAGE_CLOSED":
        petition["stageClosure"] = {"finishingDay": day(received, 500),
                                    "reason": "需随工程建设完成(合成)",
                                    "applicant": "local-unit"}
    else:
        petition["closedDay"] = day(received, dice.randrange(3, 12))


def petition(index, received, dice):
    county = list(COUNTY_CODES)[dice.randrange(len(COUNTY_CODES))]
    types, matter = MATTERS[dice.randrange(len(MATTERS))]
    made = {
        "origin": record()["origin"], "id": f"fushun-petition-{index + 1:03}",
        "number": f"X2LN{received.replace('-', '')}{index + 1:04}",
        "batch": f"第{(index * 30 // PETITIONS) + 1}批",
        "channel": dice.choices(["PHONE", "LETTER", "WEB", "WECHAT"], [6, 2, 1, 1])[0],
        "receivedTime": f"{received}T{dice.randrange(1, 9):02}:{dice.randrange(60):02}:00Z",
        "ownerRegion": REGION, "regions": [COUNTY_CODES[county]], "pollutionTypes": types,
        "place": f"{county}示例路{index + 1}号附近", "summary": f"反映{county}某处{matter}。(合成)",
        "text": f"我反映{county}示例路{index + 1}号附近{matter},希望尽快处理。(合成文本)",
        "point": {"lng": round(123.8 + dice.random() * 0.7, 4),
                  "lat": round(41.75 + dice.random() * 0.4, 4)},
        "key": index % 17 == 0, "anonymous": index % 3 == 0,
    }
    if not made["anonymous"]:
        made["petitioner"] = {"name": f"合成举报人{index + 1}", "phone": f"024-0000{index + 1:04}",
                              "address": f"{county}示例小区{index + 1}栋"}
    state = PETITION_STATES[index % len(PETITION_STATES)]
    if state in ("ACCEPTED", "CLOSED", "STAGE_CLOSED"):
        settle(made, state, received, dice)
    else:
        made["state"] = state
    return made


def petitions():
    dice = chance("petitions")
    days = spread("petition days", *MATTERS_DAYS, PETITIONS)
    made = [petition(i, received, dice) for i, received in enumerate(days)]
    for i in range(6):  # received on the day of loading, by the ordinary way
        made.append(petition(PETITIONS + 20 * i + 18, "2024-09-02", dice))
        for field in ("state", "receivedTime"):
            del made[-1][field]
        number = PETITIONS + i + 1
        made[-1].update(id=f"fushun-petition-{number:03}", number=f"RC{number:06}",
                        batch="日常信访", origin=LIVE_ORIGIN)
    return made


# source, how many, state; the sources that count in F05 come to 23.
CLUES = [
    ("CENTRAL", 9, "VERIFYING"), ("CENTRAL", 3, "SETTLED"), ("CENTRAL", 2, "TALK"),
    ("CENTRAL", 1, "HELD"), ("PROVINCIAL", 5, "VERIFYING"), ("PROVINCIAL", 2, "SETTLED"),
    ("PROVINCIAL", 1, "TALK"), ("OTHER", 4, "VERIFYING"), ("REVIEW", 1, "VERIFYING"),
]


def clue(number, source, received, state):
    made = record(id=f"fushun-clue-{number:02}", number=f"线索{number:02}", source=source,
                  receivedDay=received, text=f"线索内容{number:02}(合成文本)", state=state)
    if state != "RECEIVED":
        made["handledDay"] = day(received, 12)
    return made


def clues():
    states = [(source, state) for source, count, state in CLUES for _ in range(count)]
    days = {"CENTRAL": "2021-08-05", "PROVINCIAL": "2022-09-10", "OTHER": "2022-03-01",
            "REVIEW": "2023-06-20"}
    made = [clue(i + 1, source, day(days[source], i), state)
            for i, (source, state) in enumerate(states)]
    # Handled before the period, and not handled yet: neither counts.
    made.append(clue(len(made) + 1, "CENTRAL", "2020-06-15", "SETTLED"))
    made.append(clue(len(made) + 1, "PROVINCIAL", "2022-11-01", "RECEIVED"))
    return made


# The clues that each of the nine cases rests on, by number.
CASES = [(1, 2), (3,), (4,), (5, 6), (7,), (8,), (16,), (17, 18), (19,)]


def discipline_cases():
    received = {c["id"]: c["receivedDay"] for c in clues()}
    other = next(c["id"] for c in clues() if c["source"] == "OTHER")
    early = next(c["id"] for c in clues() if c["receivedDay"] < "2021")
    rows = [[f"fushun-clue-{n:02}" for n in numbers] for numbers in CASES] + [[other], [early]]
    made = []
    for i, clue_ids in enumerate(rows):
        filed = day(max(received[c] for c in clue_ids), 45)
        made.append(record(id=f"fushun-case-{i + 1:02}", number=f"案{i + 1:02}", clueIds=clue_ids,
                           filingDay=filed, text=f"案件内容{i + 1:02}(合成文本)", state="FILED"))
        if i % 3 == 0:
            made[-1].update(state="CONCLUDED", concludedDay=day(filed, 120),
                            conclusion="审理终结(合成文本)")
    return made


RANKS = ["DIVISION", "SECTION", "SECTION", "OTHER"]


def sanctions():
    made = []
    filed = {c["id"]: c["filingDay"] for c in discipline_cases()}
    cases = [f"fushun-case-{i + 1:02}" for i in range(len(CASES))]
    handled = {c["id"]: c["handledDay"] for c in clues()
               if c["source"] in ("CENTRAL", "PROVINCIAL") and c.get("handledDay", "") > "2021"}

    def add(person, measure, case="", clue_id="", **more):
        number = len(made) + 1
        decided = day(filed[case] if case else handled[clue_id], 60 + number)
        made.append(record(
            id=f"fushun-sanction-{number:03}", personId=f"person-{person:03}", measure=measure,
            rank=RANKS[number % 4], bodyType="党政机关" if number % 3 else "企事业单位",
            decisionDay=decided, **({"caseId": case} if case else {"clueId": clue_id}), **more))

    for person in range(16):  # 党纪政务处分; two of them have two
        add(person, "PARTY_ADMIN", cases[person % 9])
    add(3, "PARTY_ADMIN", cases[8])
    add(7, "PARTY_ADMIN", cases[6])
    revoked = {"revoked": True, "revokedDay": "2023-12-01", "revokeReason": "复审撤销(合成文本)"}
    add(90, "PARTY_ADMIN", cases[2], **revoked)
    by_clue = sorted(handled)
    for person in range(12, 66):  # 组织处理; four of them have a 处分 too
        add(person, "ORGANISATIONAL", clue_id=by_clue[person % len(by_clue)])
    for person in (20, 31, 44):
        add(person, "ORGANISATIONAL", cases[person % 9])
    add(91, "ORGANISATIONAL", clue_id=by_clue[0], **revoked)
    for person in range(60, 68):
        add(person, "ADMONISHED", clue_id=by_clue[person % len(by_clue)])
    for person in range(66, 72):
        add(person, "CRITICISED", clue_id=by_clue[person % len(by_clue)])
    return made


def verbs():
    """Steps that only verbs can take: duplicates merged, a petition dealt with again."""
    role = "PETITIONS"
    pending = [p["id"] for p in petitions() if p.get("state") == "OPEN"]
    return [
        Step(f"petitions/merge/{a}", role, f"/v1/petitions/{a}:merge", {"intoId": b})
        for a, b in ((pending[1], pending[0]), (pending[3], pending[2]))
    ]


def steps():
    yield from batches("petitions", "PETITIONS", petitions())
    yield from verbs()
    yield from batches("clues", "DISCIPLINE", clues())
    yield from singles("disciplineCases", "DISCIPLINE", discipline_cases())
    yield from batches("sanctions", "DISCIPLINE", sanctions())
