"""`heliograph env`: the variables with which an AWS tool reaches the stack of this machine."""

import shlex
from typing import Final

from heliograph_cli.commands import command, make_app
from heliograph_cli.show import print_json, print_raw
from heliograph_cli.target import DEFAULT_STATE_DIR, AsJson, NothingRuns, StateDir
from local_stack import Stack, find
from local_stack.resources import ACCOUNT
from local_stack.stack import secret_of

# Both: botocore and the AWS CLI read the second, most other SDKs the first.
_REGIONS: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")

app = make_app()


@command(app)
def env(state_dir: StateDir = DEFAULT_STATE_DIR, *, as_json: AsJson = False) -> None:
    """Print the local stack's endpoint and credentials for AWS tools.

    In a shell, eval "$(heliograph env)" sets them for the AWS CLI, boto3, s3fs and others. They change with each
    start of the stack.

    Example: heliograph env
    Example: heliograph env --json
    """
    stack = find(state_dir)
    if stack is None:
        raise NothingRuns(f"nothing runs on {state_dir.absolute()}; start it with `heliograph up`")
    variables = variables_of(stack)
    if as_json:
        print_json(variables)
    else:
        print_raw("".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()))


def variables_of(stack: Stack) -> dict[str, str]:
    """Return the environment variables that lead every AWS SDK to a running stack.

    Raises:
        StackError: its secret can't be read.
    """
    elsewhere = {"AWS_ENDPOINT_URL_DYNAMODB": stack.dynamodb} if stack.dynamodb != stack.endpoint else {}
    return {
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": secret_of(stack),
        **dict.fromkeys(_REGIONS, stack.region),
        "AWS_ENDPOINT_URL": stack.endpoint,
        **elsewhere,
    }
