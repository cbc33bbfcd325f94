"""`heliograph down`: end the stack of this machine."""

from heliograph_cli.commands import ALONE, Exit, command, make_app
from heliograph_cli.show import out, print_json
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, StateDir
from local_stack import stop

app = make_app()


@command(app, exits=ALONE, meanings={Exit.DONE: "it is stopped, or nothing ran"})
def down(state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False) -> None:
    """Stop the stack of the state folder; the data stays.

    It doesn't matter who started it.

    Example: heliograph down
    """
    stopped = stop(state_dir)
    if as_json:
        print_json({"stopped": stopped})
    else:
        out().print("stopped" if stopped else f"nothing runs on {state_dir}")
