"""The validated series: of each expected interval the value used, what it is (its quality code) and why; and its sums.

model.py       an interval, and sums of intervals
excluding.py   which measured values aren't used, and which are a known sum over a gap
grid.py        the intervals that are expected
series.py      the validated series: one function of readings, flags, edits and estimates
sums.py        sums by local hour, day and month
"""
