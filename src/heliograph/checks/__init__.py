"""The rules: each is declared once, beside its limits and its check. A check is a pure function, and its flags explain.

registry.py     every rule there is
flag.py         a rule, what its checks see, the flags it gives, severities and their order, a limit with its source
judge.py        a reading as it lands: rules of timestamps and of other values; the fast path, and all its checks run
energy.py       energies that can't be
stale.py, spike.py, catch_up.py, unit_error.py, zero_output.py, zero_consumption.py, no_data.py
                the rules over time: what wasn't measured, what is far off, nothing where something must be, silence
whole_day.py    the rules of whole days but one
time_shift.py   a clock that moved, by the edges of days
view.py, sun.py, plausible.py
                what they share: the readings with their site and their runs, the sun, what can be energy
"""
