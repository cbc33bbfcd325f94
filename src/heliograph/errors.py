"""Every error Heliograph raises on purpose, as one small tree.

Catch `HeliographError` for all of them. A message says what is wrong and, where the user can fix it, what to do next.

    HeliographError
    ├── SettingsError
    ├── ReadingError
    ├── SiteError
    ├── KeyRefused
    ├── CursorError
    ├── ProfileError
    ├── EditRefused
    │   └── EditConflict
    ├── UnreadableFile
    │   ├── TooLarge
    │   ├── ProfileMismatch
    │   └── UnknownFormat
    └── StorageError
        ├── ObjectGone
        ├── RefusedForGood
        └── StillThrottled
"""


class HeliographError(Exception):
    """Anything Heliograph itself says no to."""


class SettingsError(HeliographError):
    """A setting is missing or has a value that can't be used."""


class ReadingError(HeliographError):
    """One record isn't a reading; the message is the reason kept beside it in quarantine."""


class SiteError(HeliographError):
    """A site's registry entry can't be used. field: which of its fields is wrong; empty where it is none of them."""

    def __init__(self, message: str, field: str = "") -> None:
        """Keep the message and the field."""
        super().__init__(message)
        self.field = field


class KeyRefused(HeliographError):
    """An object's key can't be used; a file of that name doesn't land."""


class CursorError(HeliographError):
    """A page cursor wasn't made by this API for this query."""


class ProfileError(HeliographError):
    """A feed profile can't be used; the message names the field and what to correct."""


class EditRefused(HeliographError):
    """An edit can't be made; the message says what to write instead. field: which of its fields; empty for none."""

    def __init__(self, message: str, field: str = "") -> None:
        """Keep the message and the field."""
        super().__init__(message)
        self.field = field


class EditConflict(EditRefused):
    """An edit of this id was made and says something else, or its values lie where there are others."""


class UnreadableFile(HeliographError):
    """A whole file can't be read, so none of its records can be separated."""


class TooLarge(UnreadableFile):
    """A file unpacks to more bytes than the limit allows."""


class ProfileMismatch(UnreadableFile):
    """A file hasn't what its feed's profile says that it has."""


class UnknownFormat(UnreadableFile):
    """A file is none of the formats a feed may have."""


class StorageError(HeliographError):
    """The store answered something that can't be worked with; the same call may succeed later."""


class ObjectGone(StorageError):
    """A raw object no longer exists, so there is nothing left to read."""


class RefusedForGood(StorageError):
    """The store refused what was to be written for what it is, so the same call would be refused again."""


class StillThrottled(StorageError):
    """The store kept refusing some writes for load until the time given for them was up."""
