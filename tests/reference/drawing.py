"""Drawing cases at random, close to the edges where rules change their answer."""

from datetime import date, timedelta

from exact import Fraction, TooLong, alike, converted, shortest

TODAY = date(2032, 2, 10)  # of the programs under test; every edition of every standard is in force
REGION = "210400"


def near(draw, edge, step):
    """On an edge, just below or above it, or anywhere around; never negative."""
    number = draw.choice([
        lambda: edge, lambda: edge - step, lambda: edge + step,
        lambda: edge * Fraction(draw.randrange(0, 2001), 1000),
    ])()
    return max(Fraction(0), number)


def tie(draw, places):
    """A number whose rounding to so many places turns on its last digits: …5, …49, …51."""
    step = Fraction(1, 10**places)
    return draw.randrange(0, 10**draw.randrange(1, 6)) * step + step / 2 + draw.choice(
        [0, 0, 1, -1]) * step / 1000


def cut(number, places):
    """As many digits as may be recorded."""
    while not (digits := shortest(Fraction(int(number * 10**places), 10**places), places)):
        places -= 1
    return digits


def a_day(draw, first, last):
    return first + timedelta(draw.randrange((last - first).days + 1))


def a_target(draw, values, unit, **more):
    """Often exactly one of the values, sometimes in another unit."""
    other = draw.choice([unit, draw.choice(alike(unit))])
    value = near(draw, converted(draw.choice(values), unit, other), Fraction(1, 10**6))
    return {"comparator": draw.choice(["AT_LEAST", "AT_MOST", "EQUAL"]), "value": cut(value, 6),
            "unit": other, **more}


def variations(draw, values, unit, target=a_target):
    """How a question is asked: digits, unit and target of its own, or the indicator's."""
    asked = {}
    if draw.random() < 0.3:
        asked["decimals"] = draw.randrange(10)
    if draw.random() < 0.3:
        asked["unit"] = draw.choice(alike(unit))
    if draw.random() < 0.3:
        asked["target"] = target(draw, values, unit)
    return asked


def ask(world, question, evaluate):
    """Adds a case, unless its number has more digits than a decimal holds."""
    try:
        world.cases.append((question, evaluate(question)))
    except TooLong:
        pass


def turns(n, first="2016-01-01", last="2031-12-31"):
    """n spans of days that follow on each other from `first` on, the last one open."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    cuts = [start + (end - start) * i / n for i in range(n)] + [None]
    return [{"fromDay": a.isoformat(), **({"toDay": (b - timedelta(1)).isoformat()} if b else {})}
            for a, b in zip(cuts, cuts[1:])]
