"""Periods made from periods: earlier ones, and the months and years of one. A period is its first
day (None: from the beginning) and its last."""

from datetime import date, timedelta

from records import last_of_month


def is_whole_months(first, last):
    return first is not None and first.day == 1 and last == last_of_month(last.year, last.month)


def months_back(day, months):
    """The same day of an earlier month, as far as that month has it: of February 29 the 28th."""
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    return min(date(year, month + 1, 1) + timedelta(day.day - 1), last_of_month(year, month + 1))


def earlier(first, last, months):
    """The same period, so many months before; whole months stay whole months."""
    end = months_back(last, months)
    if is_whole_months(first, last):
        end = last_of_month(end.year, end.month)
    return first and months_back(first, months), end


def month_count(first, last):
    return 12 * (last.year - first.year) + last.month - first.month + 1


def before(first, last):
    """The period before, of the same length: as many whole months, or as many days."""
    if is_whole_months(first, last):
        return earlier(first, last, month_count(first, last))
    return first - (last - first) - timedelta(1), first - timedelta(1)


def months_of(first, last):
    """The calendar months from that of the first day to that of the last."""
    months = reversed(range(month_count(first, last)))
    starts = [months_back(last.replace(day=1), n) for n in months]
    return [(start, last_of_month(start.year, start.month)) for start in starts]


def years_of(first, last):
    return [(date(year, 1, 1), date(year, 12, 31)) for year in range(first.year, last.year + 1)]
