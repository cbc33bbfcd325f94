"""What every request, every answer and the engine's own start and end pass: our middlewares, in one order."""

import os
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Final

from local_engine.guard import Guard, GuardOptions
from local_engine.keeping import Keeper
from local_engine.request import App, Middleware
from local_engine.reserve import Reserve, free_bytes

# The engine's own words for its port and account; the secret is the one it gives its Lambdas.
_PORT: Final = "GATEWAY_PORT"
_ACCOUNT: Final = "MINISTACK_ACCOUNT_ID"
_SECRET: Final = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - the name of a variable
_DEFAULT_ACCOUNT: Final = "000000000000"


def middlewares(state_dir: Path, keeper: Keeper) -> tuple[Middleware, ...]:
    """Return the middlewares of an engine that keeps its state in `state_dir`, outermost first.

    A middleware also sees the scope `lifespan`, in which the engine loads and saves its state.
    """
    guard = GuardOptions(
        port=int(os.environ[_PORT]),
        account=os.environ.get(_ACCOUNT, _DEFAULT_ACCOUNT),
        secret=os.environ.get(_SECRET),
    )
    reserve = Reserve(int(os.environ.get("RESERVE_BYTES", "0")), lambda: free_bytes(state_dir))
    return (partial(Guard, options=guard), reserve.middleware, keeper.middleware)


def wrap(app: App, chain: tuple[Middleware, ...]) -> App:
    """Return the application with each middleware of the chain around it; the first one sees a request first."""
    for middleware in reversed(chain):
        app = middleware(app)
    return app


def speak_http_1(h11: ModuleType) -> None:
    """Have the engine's server answer in HTTP/1.1 alone, which is all that its clients speak.

    It would change to HTTP/2 where a request asks for that (h2c, by `Upgrade` or at once), and then read names and
    addresses in other ways than the guard was made for. h11: hypercorn.protocol.h11.
    """

    async def stay(_protocol: object, _event: object) -> None:
        """Go on with the request as it is; the guard judges it like any other."""

    h11.H11Protocol._check_protocol = stay
