"""Incidents: what one rule found at one site from onset to recovery, and its notifications.

    incident    what an incident is, and what is kept of a site
    onsets      a file's flags, gathered                  (the processor)
    trails      a look's flags, by rule                   (the watch)
    episodes    when trouble begins and ends
    aftermath   what the end of an outage brings along
    update      what that changes in what is kept
    keeping     doing so, over a store
    gathering   which pending incidents notify together
    messages    their text
    notifying   sending them, once
    ports       what it needs of stores

All but `keeping` and `notifying` are pure: data in, data out, time passed in.
"""

from heliograph.incidents.incident import Incident, Message
from heliograph.incidents.onsets import Onsets

__all__ = ["Incident", "Message", "Onsets"]
