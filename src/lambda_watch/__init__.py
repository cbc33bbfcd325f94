"""The watch: evaluates each site's last days into flags, day totals and incidents.

handler.py   the minute's tick, or a batch of queue messages
tick.py      asks for the evaluation of due sites, and sends pending notifications
watcher.py   one site's evaluation from beginning to end
wiring.py    makes the stores from the environment's settings
"""
