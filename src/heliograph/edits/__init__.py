"""Edits: what a person says of a stretch of a site's readings, and what the readings are after it.

model.py    an edit: what its author sends, and what is kept of it
check.py    whether an edit can be made, before it is kept
apply.py    a site's readings after its edits
occupied.py where a shift's values would meet others
offers.py   the edit that an incident's cause calls for
"""
