"""The watch: each site's last days become flags, day totals and incidents.

handler.py   the minute's tick, or a batch of queue messages
tick.py      asks for looks at the sites that have become due, and notifies of what is pending
watcher.py   one look at one site from beginning to end
ports.py     what both need of their stores
wiring.py    the environment's settings make the stores
"""
