"""Speed: the real Lambdas, as they are shipped, beside what others do and what the machine allows.

null_aws.py   an AWS that answers at once and counts, as a process on loopback
feed.py       the file of readings, the sites and the events
child.py      one measured program in a process of its own
subjects.py   what is measured: our Lambdas, and the references
processes.py  subjects and the null AWS as processes
measure.py    what is measured, one function a part of the page, and a run of it all
alerting.py   from landing to alert, on the local engine
report.py     the page
"""
