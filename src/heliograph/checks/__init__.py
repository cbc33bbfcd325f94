"""The rules: each is declared once, beside its limits and its check. A check is a pure function, and its flags explain.

registry.py     every rule there is
rule.py         a rule, and what its checks see
flag.py         a flag, severities and their order, a limit with its source
judge.py        the rules of one reading alone, as the processor runs them
energy.py, landings.py
                these rules: energies that can't be; timestamps that can't be, other values for an interval
stale.py, outliers.py, zero_output.py, no_data.py
                the rules over time: what wasn't measured, what is far off, nothing where something must be, silence
whole_day.py    the rules of whole days
view.py, sun.py, plausible.py
                what they share: the readings with their site and their runs, the sun, what can be energy
"""
