"""The API's documentation at /docs: Swagger UI over the OpenAPI document.

index.html   the page
start.js     starts Swagger UI with the document
vendor/      swagger-ui-dist 5.35.0 as it was published on npm, with its licence, its notice and its parts' licences
"""

from functools import cache

from lambda_api.static_files import StaticFiles, read_files


@cache
def swagger_ui() -> StaticFiles:
    """Return the page's files, read when one is first asked for: no other answer waits for them."""
    return StaticFiles("docs", read_files("docs"))
