"""What stands between a command and a running Heliograph."""

from heliograph.errors import HeliographError


class NotReached(HeliographError):
    """Nothing runs, or what was named can't be reached."""


class NothingRuns(NotReached):
    """No local stack runs and no stack in the cloud is named."""


class NotAllowed(HeliographError):
    """Credentials or a token are missing, or don't allow it."""
