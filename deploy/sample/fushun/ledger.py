"""What the tasks service keeps: units, inspections, findings, tasks, meetings, documents, projects
and review rounds."""

from common import (CENTRAL, LIVE_ORIGIN, ORIGIN, PROVINCIAL, REGION, Step, batches, chance,
                    day, record, singles, spread)

# id, name, region, unit above, kind
UNITS = [
    ("office", "抚顺市生态环境保护督察整改工作领导小组办公室", REGION, "", "督改办"),
    ("ecology", "抚顺市生态环境局", REGION, "", "生态环境局"),
    ("ecology-shuncheng", "抚顺市生态环境局顺城分局", "210411", "ecology", "生态环境局"),
    ("ecology-wanghua", "抚顺市生态环境局望花分局", "210404", "ecology", "生态环境局"),
    ("development", "抚顺市发展和改革委员会", REGION, "", "发展改革委"),
    ("industry", "抚顺市工业和信息化局", REGION, "", "工业和信息化局"),
    ("housing", "抚顺市住房和城乡建设局", REGION, "", "住房城乡建设局"),
    ("drainage", "抚顺市排水事务中心", REGION, "housing", "事业单位"),
    ("urban", "抚顺市城市管理综合行政执法局", REGION, "", "城市管理局"),
    ("resources", "抚顺市自然资源局", REGION, "", "自然资源局"),
    ("water", "抚顺市水务局", REGION, "", "水务局"),
    ("dahuofang", "大伙房饮用水水源保护区管理中心", REGION, "water", "事业单位"),
    ("agriculture", "抚顺市农业农村局", REGION, "", "农业农村局"),
    ("transport", "抚顺市交通运输局", REGION, "", "交通运输局"),
    ("qingyuan", "清原满族自治县人民政府", "210423", "", "县区政府"),
    ("xinbin", "新宾满族自治县人民政府", "210422", "", "县区政府"),
]

# How far a task is: confirmed progress, steps taken on the closure path, how many tasks.
STEPS = ["selfCheck", "apply", "inspect", "review", "startNotice", "close", "file"]
STATES = ["SELF_CHECKED", "APPLIED", "INSPECTED", "REVIEWED", "ON_NOTICE", "CLOSED", "FILED"]
STAGES = [
    ("DONE", 0, 4), ("DONE", 7, 6), ("DONE", 6, 6), ("DONE", 4, 2), ("DONE", 3, 2), ("DONE", 2, 2),
    ("DONE", 1, 2), ("BASICALLY_DONE", 0, 3), ("ON_SCHEDULE", 0, 5), ("AHEAD", 0, 2),
    ("BEHIND", 0, 3), ("NOT_STARTED", 0, 1), (None, 0, 3),
]

# title, lead unit, medium; those without a medium of their own are about work, not about sites.
TOPICS = [
    ("三宝屯污水处理厂扩能改造", "housing", "WATER"),
    ("演武生活垃圾填埋场渗滤液规范收集处理", "urban", "SOLID_WASTE"),
    ("生活垃圾焚烧处理设施建成投运", "urban", "SOLID_WASTE"),
    ("城区污水处理厂污泥规范处置", "drainage", "SOLID_WASTE"),
    ("城区雨污管网混接错接改造", "drainage", "WATER"),
    ("浑河干流沿岸排污口整治", "ecology-shuncheng", "WATER"),
    ("城区黑臭水体成效巩固", "housing", "WATER"),
    ("农村黑臭水体排查治理", "ecology", "WATER"),
    ("大伙房水源一级保护区封闭管控", "dahuofang", "WATER"),
    ("大伙房水源保护区风险隐患整改", "dahuofang", "WATER"),
    ("水源上游乡镇污水处理设施正常运行", "xinbin", "WATER"),
    ("清原县城污水处理厂稳定达标", "qingyuan", "WATER"),
    ("钢铁企业超低排放改造", "industry", "AIR"),
    ("工业炉窑废气治理", "ecology-wanghua", "AIR"),
    ("石化行业挥发性有机物治理", "ecology", "AIR"),
    ("城区散煤替代", "development", "AIR"),
    ("小型燃煤锅炉淘汰", "urban", "AIR"),
    ("裸露地面和堆场料场扬尘管控", "urban", "AIR"),
    ("老旧营运柴油车淘汰", "transport", "AIR"),
    ("秸秆露天焚烧管控", "agriculture", "AIR"),
    ("餐饮油烟整治", "urban", "AIR"),
    ("政策性关闭矿山生态修复", "resources", "ECOLOGY"),
    ("废弃矿山治理恢复", "resources", "ECOLOGY"),
    ("在产矿山边开采边治理", "resources", "ECOLOGY"),
    ("违规占用林地清理恢复", "resources", "ECOLOGY"),
    ("自然保护地内人类活动问题整改", "resources", "ECOLOGY"),
    ("河道管理范围内违规建筑清理", "water", "ECOLOGY"),
    ("采沙场生态恢复", "water", "ECOLOGY"),
    ("畜禽粪污资源化利用", "agriculture", "SOIL"),
    ("农药包装废弃物回收", "agriculture", "SOIL"),
    ("污染地块风险管控", "ecology", "SOIL"),
    ("工业固体废物堆存场所规范化", "ecology-wanghua", "SOLID_WASTE"),
    ("危险废物贮存转运规范化", "ecology", "SOLID_WASTE"),
    ("建筑垃圾消纳场规范化", "urban", "SOLID_WASTE"),
    ("交通干线噪声敏感点治理", "transport", "NOISE"),
    ("“两高”项目清单化管理", "development", ""),
    ("生态环境保护责任清单落实", "office", ""),
    ("碳达峰实施方案编制印发", "development", ""),
    ("强制性清洁生产审核推进", "industry", ""),
    ("产业园区环境基础设施规划", "industry", ""),
    ("督察整改长效机制建设", "office", ""),
]
COUNTIES = ["新抚区", "东洲区", "望花区", "顺城区", "抚顺县", "新宾县", "清原县"]
FINDINGS = 33  # of the central inspection; the provincial one has six


def unit(name):
    return f"fushun-{name}" if name else ""


def units():
    return [
        {"id": unit(i), "name": name, "region": region, "parentId": unit(above), "kind": kind,
         "origin": ORIGIN}
        for i, name, region, above, kind in UNITS
    ]


def inspections():
    return [
        record(id=CENTRAL, level="CENTRAL", kind="ROUTINE", round=2,
               team="中央第二生态环境保护督察组", stationedFrom="2021-04-06",
               stationedTo="2021-05-05", feedbackDay="2021-07-20", ruleSet="central-2019"),
        record(id=PROVINCIAL, level="PROVINCIAL", kind="ROUTINE", round=2,
               team="省第三生态环境保护督察组", stationedFrom="2022-05-10",
               stationedTo="2022-06-08", feedbackDay="2022-08-26", ruleSet="central-2019"),
    ]


def inspection_of(index):
    """The inspection a topic comes from; the last two were found by the city itself."""
    if index < FINDINGS:
        return CENTRAL
    return PROVINCIAL if index < FINDINGS + 6 else ""


def finding_id(index):
    return f"{inspection_of(index)}-{index + 1:02}"


def findings():
    return [
        record(id=finding_id(i), inspectionId=inspection_of(i), number=f"{i + 1}",
               text=f"{title}方面推进不够有力,部分工作落实不到位,需要限期整改。(合成文本)",
               sourceDocument="督察反馈意见(合成)", media=[medium or "GENERAL"])
        for i, (title, _, medium) in enumerate(TOPICS) if inspection_of(i)
    ]


def measures(title, start, due, done):
    """Three measures between two days; `done` are done, a little before they were due."""
    days = spread(f"measures {title}", day(start, 30), due, 3)
    texts = [f"制定{title}工作方案并明确分工", f"组织实施{title}", f"核验{title}成效并建立长效机制"]
    return [
        {"text": text, "dueDay": due_day,
         **({"state": "DONE", "doneDay": day(due_day, -12)} if i < done else {"state": "OPEN"})}
        for i, (text, due_day) in enumerate(zip(texts, days))
    ]


def closure(steps, done_day, lead, supervising, accepting):
    history = []
    for i in range(steps):
        actors = [lead, lead, supervising, accepting, "", "", ""]
        taken = {"round": 1, "action": STEPS[i], "state": STATES[i],
                 "day": day(done_day, 10 + 15 * i)}
        if actors[i]:
            taken["unitId"] = actors[i]
        if STEPS[i] in ("selfCheck", "inspect", "review"):
            taken["tests"] = {"measuresDone": True, "violationsDealtWith": True,
                              "effectMeetsStandard": True, "sameKindRectified": True,
                              "mechanismInPlace": True}
        if STEPS[i] == "file":
            taken["documentNumber"] = f"抚督改备〔{done_day[:4]}〕{int(done_day[8:]) + 40}号"
        history.append(taken)
    return {"round": 1, "state": STATES[steps - 1], "history": history} if steps else {}


def task(index, progress, steps):
    title, lead, medium = TOPICS[index]
    dice = chance(f"task {index}")
    found = inspection_of(index)
    start = "2022-09-20" if found == PROVINCIAL else "2021-09-15"
    done = progress == "DONE"
    late = progress in ("BEHIND", "NOT_STARTED")
    due = day("2022-12-31" if done else "2024-12-31" if late else "2027-12-31",
              0 if not done else 92 * dice.randrange(4))
    supervising = "development" if lead.startswith("ecology") else "ecology"
    accepting = "ecology" if lead == "ecology-shuncheng" else "office"
    if lead == "office":
        supervising, accepting = "ecology", "development"
    lead, supervising, accepting = unit(lead), unit(supervising), unit(accepting)
    result = record(
        id=f"fushun-task-{index + 1:02}", number=f"{index + 1}", title=title,
        goal=f"按期完成{title},并防止问题反弹。",
        source="INSPECTION" if found else "SELF_FOUND",
        kind="ENGINEERING" if medium else "NON_ENGINEERING",
        measures=measures(title, start, due, 3 if done else 2 if progress == "BASICALLY_DONE"
                          else 1 if progress in ("ON_SCHEDULE", "AHEAD") else 0),
        leadUnitId=lead, assistingUnitIds=[unit("resources" if lead != unit("resources")
                                                else "water")],
        supervisingUnitId=supervising, acceptingUnitId=accepting,
        personResponsible=f"责任人{index + 1:02}(合成)",
        key=index % 4 == 0, longTerm=index % 9 == 5, supervised=index % 13 == 0,
        originalDueDay=due, dueDay=due, startDay=start)
    if found:
        result.update(inspectionId=found, findingIds=[finding_id(index)])
    if medium:
        result["points"] = [{"name": f"{title}点位",
                             "point": {"lng": round(123.7 + dice.random() * 0.9, 4),
                                       "lat": round(41.7 + dice.random() * 0.5, 4)}}]
    if progress is None:
        result["origin"] = LIVE_ORIGIN
        return result
    result["progress"] = {"claimed": "ON_SCHEDULE" if progress == "BEHIND" else progress,
                          "confirmed": progress}
    if done:
        done_day = day(due, -dice.randrange(20, 90))
        result["progress"]["doneDay"] = done_day
        for measure in result["measures"]:
            measure["doneDay"] = min(measure["doneDay"], done_day)
        if steps:
            result["closure"] = closure(steps, done_day, lead, supervising, accepting)
    return result


def tasks():
    stages = [(progress, steps) for progress, steps, count in STAGES for _ in range(count)]
    # The first four stay where they are, so that the first task is one that its unit may close;
    # the rest is mixed over the topics.
    rest = stages[4:]
    chance("stages").shuffle(rest)
    made = [task(i, *stage) for i, stage in enumerate(stages[:4] + rest)]
    made[0]["targets"] = [{"indicatorId": "fushun-f12", "comparator": "AT_LEAST", "value": "50",
                           "unit": "万吨/日", "byDay": made[0]["dueDay"]}]
    made[17]["targets"] = [{"indicatorId": "fushun-f16", "comparator": "AT_MOST", "value": "35",
                            "unit": "μg/m³", "byDay": made[17]["dueDay"]}]
    return made


def task_for_notice():
    """The reviewed task whose public notice the loader starts."""
    return next(t["id"] for t in tasks() if t.get("closure", {}).get("state") == "REVIEWED")


def meetings():
    made = []

    def add(body, days, agenda, on_rectification=True):
        for held in days:
            made.append(record(
                id=f"fushun-meeting-{len(made) + 1:03}", body=body, day=held, agenda=agenda,
                onRectification=on_rectification,
                taskIds=[f"fushun-task-{len(made) % 41 + 1:02}"] if on_rectification else []))

    subject = "研究中央生态环境保护督察整改工作"
    for body, count in (("STANDING_COMMITTEE", 16), ("GOVERNMENT_EXECUTIVE", 16),
                        ("ECOLOGICAL_COMMISSION", 6)):
        add(body, spread(f"meetings {body}", "2021-04-12", "2024-08-30", count), subject)
        # Not on rectification, before the inspection, and after the notice: none of them counts.
        add(body, spread(f"others {body}", "2021-05-01", "2024-08-30", 5), "研究年度重点工作", False)
        add(body, ["2021-03-02"], "研究第一轮督察整改收尾工作")
        add(body, ["2024-10-15"], subject)
    add("LEADING_GROUP", spread("leading group", "2021-08-01", "2024-08-01", 8), "调度整改任务进展")
    return made


def documents():
    rows = [
        ("抚委发〔2021〕9号", "抚顺市党委、政府及有关部门环境保护工作责任规定(试行)",
         "中共抚顺市委 抚顺市人民政府", "2021-06-18", "RULE"),
        ("抚委办发〔2021〕22号", "市(中、省)直有关单位生态环境保护工作责任清单",
         "中共抚顺市委办公室 抚顺市人民政府办公室", "2021-11-05", "RULE"),
        ("抚环委发〔2022〕3号",
         "抚顺市贯彻落实<关于推动职能部门做好生态环境保护工作的意见>的若干措施",
         "抚顺市生态文明建设和生态环境保护委员会", "2022-04-27", "RULE"),
        ("抚环委发〔2019〕6号", "抚顺市生态环境保护工作考核办法(合成)",
         "抚顺市生态环境保护委员会", "2019-08-12", "RULE"),
        ("抚委发〔2021〕15号", "抚顺市第二轮中央生态环境保护督察整改方案(合成)",
         "中共抚顺市委 抚顺市人民政府", "2021-09-13", "PLAN"),
        ("抚政发〔2022〕18号", "抚顺市碳达峰实施方案", "抚顺市人民政府", "2022-12-20", "PLAN"),
        ("抚督改发〔2021〕1号", "关于成立督察整改工作领导小组的通知(合成)",
         "中共抚顺市委办公室", "2021-08-02", "NOTICE"),
        ("抚督改办〔2021〕4号", "关于建立整改任务月调度制度的通知(合成)",
         "抚顺市督改办", "2021-10-09", "NOTICE"),
        ("抚督改办〔2023〕7号", "关于开展整改任务复查的通知(合成)", "抚顺市督改办", "2023-03-15",
         "NOTICE"),
        ("抚发改审〔2021〕31号", "三宝屯污水处理厂扩能改造工程初步设计批复(合成)",
         "抚顺市发展和改革委员会", "2021-10-28", "APPROVAL"),
        ("抚督改办函〔2022〕12号", "关于报送整改佐证材料的函(合成)", "抚顺市督改办", "2022-07-06",
         "OTHER"),
    ]
    return [record(id=f"fushun-document-{i + 1:02}", documentNumber=number, title=title,
                   issuer=issuer, issueDay=issued, category=category)
            for i, (number, title, issuer, issued, category) in enumerate(rows)]


RENEWABLE = ["抚矿日拓光伏发电项目", "晶科电力光伏发电项目", "清原抽水蓄能电站项目"]
NAMED_PROJECTS = [
    ("抚顺新钢铁超低排放改造项目", "POLLUTION_CONTROL", "industry", "COMPLETED"),
    ("抚顺特殊钢超低排放改造项目", "POLLUTION_CONTROL", "industry", "UNDER_CONSTRUCTION"),
    ("三宝屯污水处理厂扩能改造工程", "INFRASTRUCTURE", "housing", "COMPLETED"),
    ("演武生活垃圾填埋场渗滤液收集工程", "INFRASTRUCTURE", "urban", "COMPLETED"),
    ("生活垃圾焚烧发电项目", "INFRASTRUCTURE", "urban", "COMPLETED"),
    ("秸秆视频监控系统", "POLLUTION_CONTROL", "agriculture", "COMPLETED"),
    ("大伙房水源一级保护区围栏工程", "RESTORATION", "dahuofang", "COMPLETED"),
]
SERIAL_PROJECTS = [
    ("挥发性有机物治理项目", "POLLUTION_CONTROL", "ecology"),
    ("散煤替代项目", "POLLUTION_CONTROL", "development"),
    ("燃煤锅炉改造项目", "POLLUTION_CONTROL", "urban"),
    ("雨污分流改造项目", "INFRASTRUCTURE", "drainage"),
    ("乡镇污水处理设施项目", "INFRASTRUCTURE", "housing"),
    ("废弃矿山修复项目", "RESTORATION", "resources"),
    ("河道生态治理项目", "RESTORATION", "water"),
    ("畜禽粪污资源化利用项目", "POLLUTION_CONTROL", "agriculture"),
    ("工业固废规范贮存项目", "POLLUTION_CONTROL", "ecology"),
    ("农村生活污水治理项目", "INFRASTRUCTURE", "ecology"),
    ("堆场封闭改造项目", "POLLUTION_CONTROL", "urban"),
    ("水源涵养林建设项目", "RESTORATION", "resources"),
]


def project(number, name, category, owner, state, inspection, dice):
    start = day("2021-10-01", dice.randrange(500))
    finish = day(start, 200 + dice.randrange(300))
    made = record(
        id=f"fushun-project-{number:03}", name=name, category=category, unitId=unit(owner),
        state=state, listedDay=day(start, -40), plannedStartDay=start, plannedFinishDay=finish,
        investment=f"{dice.randrange(80, 60000)}.{dice.randrange(100):02}", investmentUnit="万元")
    if inspection:
        made.update(inspectionId=inspection, taskIds=[f"fushun-task-{number % FINDINGS + 1:02}"])
    if state in ("UNDER_CONSTRUCTION", "COMPLETED"):
        made["startDay"] = day(start, 15)
    if state == "COMPLETED":
        made["finishDay"] = day(finish, dice.randrange(-30, 60))
    return made


def projects():
    dice = chance("projects")
    rows = [(name, "RENEWABLE", "development", "UNDER_CONSTRUCTION", "") for name in RENEWABLE]
    rows.append(("分散式风电项目(合成)", "RENEWABLE", "development", "CANCELLED", ""))
    rows += [row + (CENTRAL,) for row in NAMED_PROJECTS]
    serial = [(f"{county}{name}", category, owner)
              for name, category, owner in SERIAL_PROJECTS for county in COUNTIES]
    states = ["COMPLETED"] * 6 + ["UNDER_CONSTRUCTION"] * 3 + ["PLANNED"]
    linked = 91 - len(NAMED_PROJECTS)
    rows += [row + (states[i % 10], CENTRAL) for i, row in enumerate(serial[:linked])]
    rows += [(f"{county}取消项目(合成)", "OTHER", "development", "CANCELLED", CENTRAL)
             for county in COUNTIES[:4]]
    rows += [(f"{county}扬尘在线监控项目", "POLLUTION_CONTROL", "urban", "COMPLETED", PROVINCIAL)
             for county in COUNTIES]
    rows += [(f"存量“两高”项目{i + 1:02}(合成)", "TWO_HIGH", "industry", "COMPLETED", "")
             for i in range(5)]
    return [project(i + 1, *row, dice) for i, row in enumerate(rows)]


REVIEW_DAYS = ["2021-11-08", "2022-05-16", "2022-11-14", "2023-05-15", "2023-11-13", "2024-06-03"]


def review_rounds():
    return [record(id=f"fushun-review-{i + 1}", number=i + 1, day=held,
                   scope="中央和省级督察整改任务及群众信访举报件落实情况")
            for i, held in enumerate(REVIEW_DAYS)]


def review_results():
    """A sample of each round; what is not in place starts a new round of closing."""
    made = []
    for i in range(len(REVIEW_DAYS)):
        results = [{"taskId": f"fushun-task-{5 + 3 * i:02}", "outcome": "IN_PLACE"},
                   {"petitionId": f"fushun-petition-{40 + i:03}", "outcome": "IN_PLACE"}]
        if i == 3:
            closed = [t for t in tasks() if t.get("closure", {}).get("state") == "CLOSED"]
            results.append({"taskId": closed[-1]["id"], "outcome": "NOT_IN_PLACE",
                            "note": "现场核查发现措施未持续执行(合成)"})
        path = f"/v1/reviewRounds/fushun-review-{i + 1}:record"
        made += [Step(f"reviewRounds/{i + 1}/{n}", "OFFICE", path, {"result": result})
                 for n, result in enumerate(results)]
    return made


def steps():
    yield from singles("units", "OFFICE", units())
    yield from singles("inspections", "OFFICE", inspections())
    yield from singles("findings", "OFFICE", findings())
    yield from batches("tasks", "OFFICE", tasks())
    yield from singles("meetings", "OFFICE", meetings())
    yield from singles("documents", "OFFICE", documents())
    yield from batches("projects", "OFFICE", projects())
    yield from singles("reviewRounds", "OFFICE", review_rounds())
    yield from review_results()
