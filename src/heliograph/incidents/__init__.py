"""Incidents: what one rule found at one site from onset to recovery, and its notifications.

model.py          what an incident is, and what is kept of a site
detection.py      what a file's or an evaluation's flags show, and when incidents begin and end
lifecycle.py      how incidents open, move and close, and the keeper that writes it
notification.py   which pending incidents are due, their messages, and sending them once
ports.py          what they need of stores

A file's incidents go from `Onsets` to `IncidentKeeper.open` to `Notifier.notify_now`, all in the processor. An
evaluation's go from `RuleObservations` to `IncidentKeeper.after_evaluation`; `Notifier.notify` sends them at a later
tick.

All but the `IncidentKeeper` and the `Notifier` are pure: data in, data out, time passed in.
"""
