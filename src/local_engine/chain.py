"""What every request, every answer and the engine's own start and end pass: our middlewares, in one order."""

import os
from pathlib import Path

from local_engine.asgi import App, Middleware
from local_engine.keeping import Keeper
from local_engine.reserve import Reserve, free_bytes


def middlewares(state_dir: Path, keeper: Keeper) -> tuple[Middleware, ...]:
    """Return the middlewares of an engine that keeps its state in `state_dir`, outermost first.

    A middleware also sees the scope `lifespan`, in which the engine loads and saves its state.
    """
    reserve = Reserve(int(os.environ.get("RESERVE_BYTES", "0")), lambda: free_bytes(state_dir))
    return (reserve.middleware, keeper.middleware)


def wrap(app: App, chain: tuple[Middleware, ...]) -> App:
    """Return the application with each middleware of the chain around it; the first one sees a request first."""
    for middleware in reversed(chain):
        app = middleware(app)
    return app
