"""The kinds that need no sites: gauges."""

from judging import answer, judged


def gauge(question, observations):
    """The latest usable observation, such as a capacity."""
    usable = [o for o in observations if o.number is not None and question.holds(o.day)]
    if not usable:
        return answer(question, 0, 1)
    latest = max(usable, key=lambda o: o.start)
    value = latest.number_in(question.indicator["unit"])
    return {**answer(question, 1, 1), **judged(question, value, True)}
