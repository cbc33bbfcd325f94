"""Speed: the real Lambdas, as they are shipped, beside what others do and what the machine allows.

null_aws.py     an AWS that answers at once and counts
null_server.py  the same as a process on loopback
endpoint.py     starts that process, asks what it counted, ends it
feed.py         the file of readings, the sites and the events
child.py        one measured program in a process of its own
subjects/       what is measured: our Lambdas, and the references
alternate.py    several subjects in turn, so that a noisy minute hits all of them
processes.py    subjects as processes
measure.py      what is measured, one function a part of the page
areas.py        where the time goes, by what it is for
results.py      one run, as it is kept
report.py       the page
"""
