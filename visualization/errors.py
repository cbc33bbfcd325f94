"""The errors this script raises on purpose; each is one line that says what to do."""


class ChartsError(Exception):
    """The charts can't be drawn; the message is for the user."""


class NothingToDraw(ChartsError):
    """The API holds no reading in what was asked for."""
