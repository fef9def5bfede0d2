"""Exact numbers: fractions, computed without any rounding and rounded once by GB/T 8170-2008."""

from fractions import Fraction
from math import lcm

# One unit in terms of the base unit of what it measures; only units of one measure convert.
UNITS = {
    "m": ("length", 1), "km": ("length", 1000), "公里": ("length", 1000),
    "m²": ("area", 1), "hm²": ("area", 10**4), "公顷": ("area", 10**4),
    "km²": ("area", 10**6),
    "亩": ("area", Fraction(2000, 3)), "万亩": ("area", Fraction(20_000_000, 3)),
    "kg": ("mass", 1), "t": ("mass", 1000), "吨": ("mass", 1000), "万吨": ("mass", 10**7),
    "kg/d": ("mass a day", 1), "t/d": ("mass a day", 1000), "吨/日": ("mass a day", 1000),
    "t/h": ("mass a day", 24000), "万吨/日": ("mass a day", 10**7),
    "m³": ("volume", 1), "万m³": ("volume", 10**4),
    "m³/d": ("flow", 1), "m³/h": ("flow", 24), "m³/s": ("flow", 86400), "万m³/d": ("flow", 10**4),
    "μg/m³": ("concentration", 1), "mg/m³": ("concentration", 1000),
    "μg/L": ("concentration", 1000), "mg/L": ("concentration", 10**6),
    "%": ("share", Fraction(1, 100)), "％": ("share", Fraction(1, 100)),
    "‰": ("share", Fraction(1, 1000)), "百分点": ("百分点", 1),
    "kW": ("power", 1), "MW": ("power", 1000), "万千瓦": ("power", 10**4),
    "元": ("money", 1), "万元": ("money", 10**4),
    "家": ("家", 1), "处": ("处", 1), "台": ("台", 1), "天": ("time", 1), "无量纲": ("number", 1),
    "℃": ("℃", 1),
}


class TooLong(Exception):
    """More than the 18 digits that a decimal holds."""


def converted(number, unit, other):
    (measure, factor), (same, divisor) = UNITS[unit], UNITS[other]
    assert measure == same, (unit, other)
    return number * factor / Fraction(divisor)


def alike(unit):
    """The units that a unit converts into, itself among them."""
    return [other for other in UNITS if UNITS[other][0] == UNITS[unit][0]]


def mean(numbers):
    """Their sum, over a common denominator, divided by how many there are."""
    below = lcm(*(n.denominator for n in numbers))
    return Fraction(sum(n.numerator * (below // n.denominator) for n in numbers),
                    below * len(numbers))


def rounded(number, places):
    """4 down, 6 up, 5 with anything behind it up, 5 alone to even; a negative number by its
    absolute value; in one step."""
    whole, rest = divmod(abs(number.numerator) * 10**places, number.denominator)
    if 2 * rest > number.denominator or (2 * rest == number.denominator and whole % 2 == 1):
        whole += 1
    return Fraction(whole if number >= 0 else -whole, 10**places)


def rounded_share(number, whole, places):
    """A share, where `whole` is all (100 of %): it prints as the whole only where it is the whole,
    so 9999 of 10000 to no places is 99 %."""
    value = rounded(number, places)
    if value == whole and number != whole:
        value += Fraction(1 if number > whole else -1, 10**places)
    return value


def text(value, places):
    """A rounded number with so many digits behind the point, zeros too: 35 and 35.0 differ."""
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    if len(digits.lstrip("0")) > 18:
        raise TooLong(digits)
    whole, behind = digits[:len(digits) - places], digits[len(digits) - places:]
    return ("-" if value < 0 else "") + whole + ("." + behind if places else "")


def printed(number, places):
    return text(rounded(number, places), places)


def shortest(number, most=9):
    """All digits of a number that ends within `most` places, without zeros behind; else None."""
    for places in range(most + 1):
        if rounded(number, places) == number:
            try:
                return printed(number, places)
            except TooLong:
                return None
    return None
