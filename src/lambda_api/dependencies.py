"""How routes get their stores and clock: from the app they run in.

These, and the routes, are `async def` though botocore blocks: FastAPI runs each plain function on a thread, which was
measured at 0.5 ms more CPU a request, and 12 ms on the first, and gains nothing where one request is served at a time.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from lambda_api.ports import ApiStores


def provide(app: FastAPI, stores: ApiStores, now: Callable[[], datetime], user: str) -> None:
    """Put into an app what its routes ask for below."""
    app.state.user = user
    app.state.stores = stores
    app.state.now = now


async def _stores(request: Request) -> ApiStores:
    stores: ApiStores = request.app.state.stores
    return stores


async def _now(request: Request) -> datetime:
    moment: datetime = request.app.state.now()
    return moment


async def _who(request: Request) -> str:
    """Return who asks, by the gateway's authorizer alone: an IAM principal's ARN, or a token's issuer and subject."""
    user: str = request.app.state.user
    context = request.scope.get("aws.event", {}).get("requestContext", {})
    authorizer = context.get("authorizer") or {}
    if iam := authorizer.get("iam"):
        return str(iam["userArn"])
    if jwt := authorizer.get("jwt"):
        return f"{jwt['claims']['iss']} {jwt['claims']['sub']}"
    return user


Stores = Annotated[ApiStores, Depends(_stores)]
Now = Annotated[datetime, Depends(_now)]
Who = Annotated[str, Depends(_who)]
