"""The processor: files in raw/ become readings, quarantine, an ingestion and incidents.

handler.py   a batch of queue messages in, the failed ones out
attempts.py  the order of attempts, which messages come back, which are dead letters
alarm.py     stops a file's work before Lambda would end the process
process.py   one raw object from beginning to end, and the evaluations its late readings need
sites.py     the sites a file names: as registered, and at the interval of its readings
wiring.py    makes the stores from the environment's settings
"""
