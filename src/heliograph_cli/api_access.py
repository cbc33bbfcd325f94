"""A command's options for the API's address and authentication, and their defaults on this laptop."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from heliograph_cli.target import find_target
from heliograph_client import Client, Scheme, Signed
from heliograph_client.auth import TOKEN_VARIABLE, Asked
from heliograph_client.client import ADDRESS_VARIABLE
from heliograph_client.connection import check_address, find_scheme

if TYPE_CHECKING:
    from local_stack import Stack

Address = Annotated[
    str | None,
    typer.Option("--api", help="Address of the API; the local stack's if not given.", envvar=ADDRESS_VARIABLE),
]
Auth = Annotated[
    Scheme,
    typer.Option(help="What the API asks for: an AWS signature (iam), a token (jwt), nothing; auto: it is asked."),
]
Token = Annotated[str | None, typer.Option(help="Bearer token for jwt.", envvar=TOKEN_VARIABLE, show_default=False)]


def address_of(api: str | None, state_dir: Path) -> str:
    """Return the API's address, without a slash at its end.

    Raises:
        NothingRuns: none is given and no local stack runs.
        InvalidAddress: it isn't an address.
    """
    return check_address(api or find_target(state_dir)[0].api)


def asked_scheme(address: str, auth: Scheme) -> Asked:
    """Return what the API asks for: what the user says, or with auto what it answers.

    Raises:
        ApiUnavailable: it can't be reached.
        UnexpectedAnswer: it isn't a Heliograph API.
    """
    return find_scheme(address) if auth == "auto" else auth


def client_of(api: str | None, auth: Scheme, token: str | None, state_dir: Path) -> Client:
    """Return a client of the API that may write: what it sends to the local stack is signed by the run's secret.

    Raises:
        NothingRuns: no address is given and no local stack runs.
        InvalidAddress: it isn't an address.
    """
    if "HELIOGRAPH_BUCKET" not in os.environ:
        from local_stack import find  # noqa: PLC0415 - for a laptop only

        stack = find(state_dir)
        if stack is not None and api in {None, stack.api}:
            return Client(stack.api, auth=sign_for(stack))
    return Client(address_of(api, state_dir), auth=auth, token=token)


def sign_for(stack: "Stack") -> Signed:
    """Return what signs requests to a local stack's API: there reading is free, and writing is its user's.

    Raises:
        StackError: its secret can't be read, as it is another user's.
    """
    from local_stack.clients import credentials_of  # noqa: PLC0415 - for a laptop only

    return Signed(credentials_of(stack), stack.region)
