"""Incidents: what one rule found at one site from onset to recovery, and its notifications.

model.py          what an incident is, and what is kept of a site
detection.py      what a file's or an evaluation's flags show, and when incidents begin and end
causes.py         which rule explains which
lifecycle.py      how incidents open, move and close
evidence.py       how a symptom joins its cause
keeper.py         writes what a file or an evaluation changes
groups.py         one cause at many sites of a region
messages.py       what a message of an onset or a recovery says
due.py            when the daily digest is due
digest.py         what the daily digest says
notification.py   which pending incidents are due, and sending them once
ports.py          what they need of stores

A file's incidents go from `Onsets` to `IncidentKeeper.open` to `Notifier.notify_now`, all in the processor. An
evaluation's go from `RuleObservations` to `IncidentKeeper.after_evaluation`; `Notifier.notify` sends them at a later
tick.

All but the `IncidentKeeper` and the `Notifier` are pure: data in, data out, time passed in.
"""
