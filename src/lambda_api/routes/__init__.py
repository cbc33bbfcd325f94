"""The API's routes, one file a resource.

The app takes the routes, not their routers: of an included router FastAPI makes every route once more with the first
request, and looks for a request's route twice.
"""

from typing import Final

from fastapi.routing import APIRoute

from lambda_api.known_parameters import refuse_unknown
from lambda_api.roles import require_role
from lambda_api.routes import (
    edits,
    feeds,
    fleet,
    incidents,
    ingestions,
    landing,
    pipeline,
    previews,
    readings,
    rules,
    service,
    sites,
    totals,
)

_RESOURCES: Final = (
    fleet,
    sites,
    previews,
    feeds,
    readings,
    landing,
    totals,
    edits,
    incidents,
    ingestions,
    pipeline,
    service,
    rules,
)

ROUTES: Final = tuple(
    route for resource in _RESOURCES for route in resource.router.routes if isinstance(route, APIRoute)
)
for _route in ROUTES:
    if _route.include_in_schema:  # a page's own address may carry anything
        refuse_unknown(_route)
    require_role(_route)
    _route.operation_id = _route.name  # an operation is named after its function, which stays when its path changes
