"""The API under load, through its API gateway on the embedded AWS: `python -m load` prints what it came to.

fleet.py     some sites with a day of readings, sent through the API itself
requests.py  what a client asks for, again and again
clients.py   clients side by side, for a while
report.py    requests, errors, and how long they took

The figures are those of one machine that is engine, Lambda and clients at once: they show that nothing breaks, not how
fast AWS is.
"""
