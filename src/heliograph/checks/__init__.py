"""The rules: each check is a small pure function, and each flag explains itself.

single.py          the checks of one reading alone; the processor runs them
by_baseline.py     the same where the registry lacks what they need
stale.py, interpolated.py, spike.py, zero_output.py, catch_up.py, unit_step.py, no_data.py
                   the checks over time, a rule or two a file
whole_day.py       the checks of whole days
view.py, runs.py, sun.py
                   what they share: the readings and the site, runs of readings, the sun
flag.py, limits.py, rules.py
                   a flag; every limit with its unit and source; every rule's description
"""
