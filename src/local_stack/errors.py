"""The errors of the local stack.

HeliographError
└── StackError
    ├── StackInUse
    ├── EngineFailed
    ├── NotSaved
    └── DiskFull
"""

from heliograph.errors import HeliographError


class StackError(HeliographError):
    """The local stack can't do what was asked."""


class StackInUse(StackError):
    """Another stack already runs on the same folder or port."""


class EngineFailed(StackError):
    """The embedded AWS didn't start, or ended on its own."""


class NotSaved(StackError):
    """The embedded AWS has ended without writing everything down; the next start rebuilds it."""


class DiskFull(StackError):
    """There is less room on the disk than is kept in reserve."""
