"""What all parts of the sample share: its region, its marks, and steps through the API."""

import datetime
import random
from typing import NamedTuple

REGION = "210400"
AS_OF = "2024-09-18"  # the day of the notice
CENTRAL = "fushun-central-2021"
PROVINCIAL = "fushun-provincial-2022"
ORIGIN = {
    "historical": True,
    "synthetic": True,
    "note": "合成示例:与已公开的总数一致,单条记录均为虚构",
}
# For records that are made day by day from now on, and so take every step by themselves.
LIVE_ORIGIN = {"synthetic": True, "note": ORIGIN["note"]}


class Step(NamedTuple):
    """One request: who sends it, where, and what; `key` is its request id."""

    key: str
    role: str
    path: str
    body: dict


def chance(name):
    """Random numbers that are the same on every run and independent of the other parts."""
    return random.Random(f"fushun {name}")


def day(text, days=0):
    return (datetime.date.fromisoformat(text) + datetime.timedelta(days)).isoformat()


def spread(name, first, last, count):
    """`count` days from `first` to `last`, in order, evenly with some scatter."""
    start = datetime.date.fromisoformat(first)
    length = (datetime.date.fromisoformat(last) - start).days
    dice = chance(name)
    offsets = [min(length, int((i + dice.random()) * length / count)) for i in range(count)]
    return [(start + datetime.timedelta(offset)).isoformat() for offset in sorted(offsets)]


def record(**fields):
    """A resource of the sample, marked as what it is."""
    return {"region": REGION, "origin": ORIGIN, **fields}


def batches(collection, role, records, path=None, field=None, **more):
    """The steps that create records in batches of at most 1 000."""
    size = 1000
    return [
        Step(
            f"{collection}/{start}",
            role,
            path or f"/v1/{collection}:batchCreate",
            {field or collection: records[start : start + size], **more},
        )
        for start in range(0, len(records), size)
    ]


def singles(collection, role, records):
    return [Step(f"{collection}/{r['id']}", role, f"/v1/{collection}", r) for r in records]
