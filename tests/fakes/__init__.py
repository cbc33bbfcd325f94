"""Stand-ins for AWS and for the API, each in one place and each with the promises of the real one.

stores.py       tables, buckets and the topic of the processor
watch.py        what the watch keeps, and its queue
sqs.py          a queue with a Lambda behind it, on a virtual clock
world.py        the processor and the watch over the same stores
crashes.py      a process that dies, or a store that fails, at a chosen call
chart_api.py    the API over HTTP, as the charts read it
"""
