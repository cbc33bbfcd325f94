"""Incidents: what one rule found at one site from onset to recovery, and its notifications.

    model       what an incident is, and what is kept of a site
    onsets      a file's flags, gathered                  (the processor)
    observations an evaluation's flags, by rule            (the watch)
    episodes    when incidents begin and end
    inhibition  anomalies that the end of an outage causes
    update      the changes to the stored state
    keeping     applying them, over a store
    gathering   which pending incidents notify together
    messages    their text
    notifying   sending them, once
    ports       what it needs of stores

All but `keeping` and `notifying` are pure: data in, data out, time passed in.
"""

from heliograph.incidents.model import Incident, Message
from heliograph.incidents.onsets import Onsets

__all__ = ["Incident", "Message", "Onsets"]
