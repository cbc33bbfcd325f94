"""How routes get their stores and clock: from the app they run in.

These, and the routes, are `async def` though botocore blocks: FastAPI runs each plain function on a thread, which was
measured at 0.5 ms more CPU a request, and 12 ms on the first, and gains nothing where one request is served at a time.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from lambda_api.ports import ApiStores


def provide(app: FastAPI, stores: ApiStores, now: Callable[[], datetime]) -> None:
    """Give an app what its routes ask for below."""
    app.state.stores = stores
    app.state.now = now


async def _stores(request: Request) -> ApiStores:
    stores: ApiStores = request.app.state.stores
    return stores


async def _now(request: Request) -> datetime:
    moment: datetime = request.app.state.now()
    return moment


Stores = Annotated[ApiStores, Depends(_stores)]
Now = Annotated[datetime, Depends(_now)]
