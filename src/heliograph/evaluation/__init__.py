"""One site's evaluation over time, as a pure function of its stored readings.

evaluate.py     an evaluation: flags over time, days, no_data
model.py        what goes into it and what comes out: stored readings, days, the result
recent.py       the last two days, packed
day.py          a day: its totals, flags and shape
cycle.py        when a site is evaluated, and how far back
"""
