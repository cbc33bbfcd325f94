"""What runs inside the embedded AWS's own process, around the engine itself.

It loads nothing of ours but itself, so that the engine starts as fast as alone.

__main__.py  runs the engine; it ends with whoever started it, and leaves nothing behind
chain.py     what every request passes before the engine sees it, in order
guard.py     lets in this machine's user and the API's own pages, and nobody else
signature.py checks AWS signatures against the run's secret
request.py   a request's head: whom it names, which service it is for; no as an answer in that service's words
reserve.py   refuses what is new where the disk is nearly full
keeping.py   keeps what changed, with journal.py, state_files.py, restoring.py and kept_bodies.py
worker_memory.py  bounds what a Lambda's worker holds
machine.py   what differs between Linux and macOS
"""
