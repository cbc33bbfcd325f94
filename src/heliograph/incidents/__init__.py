"""Incidents: what one rule found at one site from onset to recovery, and its notifications.

    model       what an incident is, and what is kept of a site
    detection   what a file's or an evaluation's flags show, and when incidents begin and end
    lifecycle   how incidents open, move and close, and the keeper that writes it
    notification which pending incidents are due, their messages, and sending them once
    ports       what it needs of stores

All but the `IncidentKeeper` and the `Notifier` are pure: data in, data out, time passed in.
"""
