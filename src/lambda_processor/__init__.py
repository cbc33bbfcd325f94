"""The processor: what landed in raw/ becomes readings, quarantine, an ingestion and incidents.

handler.py   a batch of queue messages in, the failed ones out
attempts.py  in which order messages are tried, which come back, which are dead letters
alarm.py     ends a file's work before Lambda would end the process
events.py    a message names raw objects
process.py   one raw object from beginning to end
sites.py     what is known of the sites a file names
wiring.py    the environment's settings make the stores
"""
