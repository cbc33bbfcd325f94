"""The `heliograph` command.

main.py        the command and its parts
commands.py    how a command is made: help with an example and exit codes, imported when it is called
failures.py    what a user sees when something is wrong
target.py      which Heliograph a command talks to: the one on this laptop, or one in the cloud
api_access.py  how a command finds its way to the API; heliograph_client asks it
show.py        tables for people, JSON for scripts
completion.py  names that tab completes

The other files are named after their commands; `dlq` is dead_letters.py, `open` is open_dashboard.py, and an audit's
passes, workspace and report stand beside audit.py.
"""
