"""The programs against an independent evaluation, written from the standards alone, in plain exact
arithmetic: random cases, drawn close to the edges, must agree to the digit.

LUCID_REFERENCE_SEED draws other cases, LUCID_REFERENCE_CASES another number of each family."""

import itertools
import os
import random
import sys
import time
import unittest
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "system"))

from suite import Suite, postgres, run_tests, wait_for  # noqa: E402

import air_cases  # noqa: E402
import aqi_cases  # noqa: E402
import comparisons_cases  # noqa: E402
import exact  # noqa: E402
import formulas_cases  # noqa: E402
import kinds_cases  # noqa: E402
import lakes  # noqa: E402
import lakes_cases  # noqa: E402
import targets_cases  # noqa: E402
import water_cases  # noqa: E402
from api import Api, Refused  # noqa: E402
from drawing import REGION, TODAY  # noqa: E402
from forger import sign  # noqa: E402

SEED = os.environ.get("LUCID_REFERENCE_SEED", "1")
CASES = int(os.environ.get("LUCID_REFERENCE_CASES", "10000"))
CALLERS = 4
BATCH = 1000

# Lists of which each member has a name.
KEYS = {"sites": "siteId", "factors": "factor", "years": "year", "days": "day",
        "pollutants": "factor", "classes": "airClass"}
EMPTY = (None, "")

# In the order of their tests.
FAMILIES = [kinds_cases.bounds, comparisons_cases.changes, water_cases.classes,
            aqi_cases.composites, aqi_cases.counts_of_days, aqi_cases.days_of_cities,
            formulas_cases.computed, kinds_cases.gauges, kinds_cases.ratios, kinds_cases.registers,
            air_cases.statistics, targets_cases.reached, lakes_cases.trophic_states]


def draw(family):
    return family(random.Random(f"{family.__name__} {SEED}"), CASES)


def batches(records):
    records = iter(records)
    return iter(lambda: list(itertools.islice(records, BATCH)), [])


def differences(expected, found, name="", at=""):
    """What an answer says otherwise; of what is not expected, nothing."""
    if name in KEYS and isinstance(expected, dict):
        found = {one[KEYS[name]]: one for one in found or []}
        if found.keys() != expected.keys():
            yield f"{at}: {sorted(found)}, expected {sorted(expected)}"
    if isinstance(expected, dict):
        for part, value in expected.items():
            yield from differences(value, (found or {}).get(part), part, f"{at}.{part}")
    elif isinstance(expected, list) and expected and isinstance(expected[0], dict):
        if len(found or []) != len(expected):
            yield f"{at}: {len(found or [])} of them, expected {len(expected)}"
        for i, (one, other) in enumerate(zip(expected, found or [])):
            yield from differences(one, other, at=f"{at}[{i}]")
    elif isinstance(expected, list):
        if sorted(found or []) != sorted(expected):
            yield f"{at}: {found}, expected {expected}"
    elif name == "standard":
        if not (found or "").startswith(expected):
            yield f"{at}: {found!r}, expected {expected!r} …"
    elif found != expected and not (found in EMPTY and expected in EMPTY):
        yield f"{at}: {found!r}, expected {expected!r}"


class Reference(unittest.TestCase):
    """One suite, on a day on which every edition of every standard is in force."""

    @classmethod
    def setUpClass(cls):
        # In a process of its own: one family is drawn while another is asked.
        drawing = ProcessPoolExecutor(1)
        cls.addClassCleanup(drawing.shutdown, cancel_futures=True)
        cls.worlds = {family: drawing.submit(draw, family) for family in FAMILIES}
        suite = Suite(postgres(), test_clock=True)
        noon = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=timezone(timedelta(hours=8)))
        suite.move_clock(int(noon.timestamp() - time.time()))
        cls.suite = cls.enterClassContext(suite)
        tokens = {role: sign(suite.file("keys/users.jwk"), {
            "iss": "lucid-local", "aud": "lucid", "sub": "reference", "roles": [role],
            "region": REGION, "iat": 0, "exp": int(noon.timestamp()) + 86400})
            for role in ("OFFICE", "MONITOR")}
        cls.callers = [Api(suite.url, tokens) for _ in range(CALLERS)]
        for caller in cls.callers:
            cls.addClassCleanup(caller.close)
        cls.api = cls.callers[0]
        probe = {"id": "probe", "region": REGION, "name": "时钟", "unit": "家"}
        wait_for("the clock is moved", lambda: cls.api.call(
            "OFFICE", "POST", "/v1/registers?validateOnly=true", probe
        )["createTime"].startswith(str(TODAY.year)))

    def each(self, work, things):
        """Does the work for each thing, by several callers at once; its results in order."""
        for caller in self.callers:
            caller.close()  # the gateway may have done so meanwhile
        free = list(self.callers)

        def with_a_caller(thing):
            caller = free.pop()
            try:
                return work(caller, thing)
            finally:
                free.append(caller)

        with ThreadPoolExecutor(CALLERS) as pool:
            return list(pool.map(with_a_caller, things))

    def send(self, role, bodies):
        self.each(lambda api, sent: api.call(role, "POST", f"/v1/{sent[0]}", sent[1]), bodies)

    def load(self, world):
        """Everything but what was late, then what was late or corrected, some of it twice."""
        self.send("MONITOR", [("sites:batchCreate", {"sites": b}) for b in batches(world.sites)])
        self.send("OFFICE", [("registers", book) for book in world.registers])
        self.send("OFFICE", [(f"registers/{book}/items:batchCreate", {"items": items})
                             for book, items in world.items.items()])
        self.send("OFFICE", [("indicators", made) for made in world.indicators
                             if made["kind"] != "FORMULA"])
        for made in world.indicators:  # in order: a formula refers to what is there
            if made["kind"] == "FORMULA":
                self.api.call("OFFICE", "POST", "/v1/indicators", made)
        late = set(random.Random(SEED).sample(world.observations, len(world.observations) // 50))
        on_time = [o for o in world.observations if o not in late]
        for records in ([o.sent() for o in on_time],
                        [o.sent(corrects=True) for o in on_time if o.first_said],
                        [o.sent() for o in late],
                        [o.sent(corrects=bool(o.first_said)) for o in late]):
            self.send("MONITOR", [
                ("observations:batchCreate", {"observations": b, "origin": {"historical": True}})
                for b in batches(records)])

    def compare(self, family):
        world = self.worlds.pop(family).result()
        drawn = time.monotonic()
        self.load(world)
        loaded = time.monotonic()

        def compared(api, case):
            question, expected = case
            try:
                answered = api.call("OFFICE", *question.call())
            except Refused as refused:
                return [str(refused)]
            return list(differences(expected, answered))

        wrong = [(case, found) for case, found in
                 zip(world.cases, self.each(compared, world.cases)) if found]
        asked = time.monotonic()
        cases = sum(len(expected.get("days", "1")) for _, expected in world.cases)
        print(f"{family.__name__}: {cases} cases of seed {SEED}, {len(wrong)} differ;"
              f" {len(world.observations)} observations; loaded in {loaded - drawn:.1f} s, asked in"
              f" {asked - loaded:.1f} s", flush=True)
        if wrong:
            self.fail("\n".join(str(thing) for (question, _), found in wrong[:5]
                                for thing in ("", question, *found)))

    def test_gauges_agree(self):
        self.compare(kinds_cases.gauges)

    def test_registers_agree(self):
        self.compare(kinds_cases.registers)

    def test_ratios_agree(self):
        self.compare(kinds_cases.ratios)

    def test_bounds_agree(self):
        self.compare(kinds_cases.bounds)

    def test_classes_of_water_agree(self):
        self.compare(water_cases.classes)

    def test_changes_agree(self):
        self.compare(comparisons_cases.changes)

    def test_composite_indices_agree(self):
        self.compare(aqi_cases.composites)

    def test_counts_of_days_agree(self):
        self.compare(aqi_cases.counts_of_days)

    def test_days_of_cities_agree(self):
        self.compare(aqi_cases.days_of_cities)

    def test_formulas_agree(self):
        self.compare(formulas_cases.computed)

    def test_statistics_of_air_agree(self):
        self.compare(air_cases.statistics)

    def test_targets_agree(self):
        self.compare(targets_cases.reached)

    def test_trophic_states_agree(self):
        self.compare(lakes_cases.trophic_states)


class Vectors(unittest.TestCase):
    """Published figures hold the reference itself to account."""

    def test_rounding(self):
        for row in """12.1498 0 12, 12.1498 1 12.1, 10.5002 0 11, 1.050 1 1.0, 0.35 1 0.4,
                      28.175 2 28.18, 28.165 2 28.16, 15.4546 0 15, 35.5 0 36, 60.5 0 60,
                      35 1 35.0, -2.5 0 -2, -0.4 0 0""".split(","):
            number, places, expected = row.split()
            self.assertEqual(exact.printed(exact.Fraction(number), int(places)), expected, row)

    def test_shares(self):
        for row in """319 345 1 92.5, 132 177 1 74.6, 49 56 1 87.5, 4 6 1 66.7, 22 24 1 91.7,
                      216 224 1 96.4, 19243 19267 1 99.9, 9789 9982 1 98.1, 492 1427 1 34.5,
                      783 1427 1 54.9, 9999 10000 0 99, 10000 10000 0 100""".split(","):
            part, whole, places, expected = row.split()
            percent = exact.Fraction(100 * int(part), int(whole))
            value = exact.rounded_share(percent, 100, int(places))
            self.assertEqual(exact.text(value, int(places)), expected, row)

    def test_trophic_states(self):
        for row in """29.9 OLIGOTROPHIC, 30 MESOTROPHIC, 50 MESOTROPHIC, 50.1 LIGHTLY_EUTROPHIC,
                      60 LIGHTLY_EUTROPHIC, 60.1 MODERATELY_EUTROPHIC, 70 MODERATELY_EUTROPHIC,
                      70.1 HYPEREUTROPHIC""".split(","):
            index, expected = row.split()
            self.assertEqual(lakes.state_of(exact.Fraction(index)), expected, row)
        for row in """CHLA 0.2663, TP 0.1879, TN 0.1790, TRANSPARENCY 0.1834,
                      CODMN 0.1834""".split(","):
            factor, expected = row.split()
            self.assertEqual(exact.printed(lakes.weight(factor), 4), expected, row)


if __name__ == "__main__":
    run_tests()
