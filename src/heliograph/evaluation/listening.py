"""Whether a rule could have flagged a reading: only such clean readings end an incident."""

from bisect import bisect_left

from heliograph.checks.registry import BY_NAME
from heliograph.checks.view import View


class Listening:
    """Tells, of the judged readings of some views, whether a rule could have spoken of one."""

    def __init__(self, views: list[View]) -> None:
        """Keep the views, in order of time."""
        self._views = views

    def __call__(self, rule: str, end: int) -> bool:
        """Take in the reading that ends at `end`, seconds since 1970."""
        for view in self._views:
            position = bisect_left(view.series.ends, end)
            if view.first <= position < view.after and view.series.ends[position] == end:
                return _could_speak(view, rule, position)
        return False


def _could_speak(view: View, rule: str, position: int) -> bool:
    can_flag = BY_NAME[rule].can_flag if rule in BY_NAME else None
    return can_flag is None or can_flag(view, position)
