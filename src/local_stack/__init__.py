"""The whole of Heliograph on one machine: the resources of the cloud, on an embedded AWS.

resources.py       the resources, as data
stack.py           what is asked for, what runs, what its resources are called, its errors
lifecycle.py       start, find, stop
engine.py          the embedded AWS as a process of its own; local_engine is what that process runs
recovery.py        what is rebuilt from S3 after a run that didn't end as it should
tables.py          whose the tables are, and whether they have everything, where another DynamoDB has them
state_folder.py    what a stack keeps on disk, and the lock on it
clients.py         AWS clients that know nothing of the user's own account
create.py          creates the resources, once
"""

from local_stack.clients import clients_for
from local_stack.lifecycle import RunningStack, find, start, stop
from local_stack.stack import DiskFull, EngineFailed, NotSaved, Stack, StackError, StackInUse, StackOptions

__all__ = [
    "DiskFull",
    "EngineFailed",
    "NotSaved",
    "RunningStack",
    "Stack",
    "StackError",
    "StackInUse",
    "StackOptions",
    "clients_for",
    "find",
    "start",
    "stop",
]
