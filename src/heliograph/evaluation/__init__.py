"""One site's evaluation over time, as a pure function of its stored readings.

evaluate.py     an evaluation: flags over time, days, no_data
plan.py         how far back it goes
stored_reading.py   the stored readings it gets, and what it changes of them
recent.py       the last two days, packed
result.py       its result
day.py, shape.py, summing.py   a day: totals, shape, sums
past.py         the baseline before a day
listening.py    whether a rule could have flagged a reading
calendar.py     the site's own days
cycle.py        which sites are due, and the queue's messages
"""
