"""The `heliograph` command.

main.py      the command and its parts; errors become one line and an exit code
target.py    which Heliograph a command talks to: the one on this laptop, or one in the cloud
show.py      tables for people, JSON for scripts
up.py        up, down
landing.py   submit: land files, follow them until they are stored
sites.py     sites load, sites list
simulate.py  simulate: files and labels without AWS
status.py    status
charts.py    charts
"""
