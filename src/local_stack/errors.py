"""What the local stack says no to.

HeliographError
└── StackError
    ├── StackInUse
    └── EngineFailed
"""

from heliograph.errors import HeliographError


class StackError(HeliographError):
    """The local stack can't do what was asked."""


class StackInUse(StackError):
    """Another stack already runs on the same folder or port."""


class EngineFailed(StackError):
    """The embedded AWS didn't start, or ended on its own."""
