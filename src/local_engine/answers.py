"""Answers in the words of the AWS service that was asked, so that every client understands them."""

import json
from typing import Final
from xml.sax.saxutils import escape

from local_engine.asgi import Scope, Send

FULL: Final = 507
FULL_CODE: Final = "InsufficientStorage"


def service_of(scope: Scope) -> str:
    """Give the service a request was signed for, by its header or its query; s3 where nobody says."""
    headers = dict(scope["headers"])
    _, _, signed = headers.get(b"authorization", b"").partition(b"Credential=")
    if not signed:
        _, _, signed = scope.get("query_string", b"").partition(b"X-Amz-Credential=")
        signed = signed.replace(b"%2F", b"/")
    key_day_region_service = signed.split(b"/", 4)[:4]
    return key_day_region_service[3].decode() if len(key_day_region_service) == 4 else "s3"  # noqa: PLR2004


async def refuse(scope: Scope, send: Send, status: int, code: str, message: str) -> None:
    """Answer a request with an error, as its service would."""
    headers = dict(scope["headers"])
    if b"x-amz-target" in headers:
        kind, body = b"application/x-amz-json-1.0", json.dumps({"__type": code, "message": message}).encode()
    elif headers.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded"):
        error = f"<Error><Type>Receiver</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        kind, body = b"text/xml", f"<ErrorResponse>{error}</ErrorResponse>".encode()
    else:
        kind, body = b"application/xml", error_xml(code, message)
    # The body of the request isn't read, so the connection can't be used again.
    head = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


def error_xml(code: str, message: str) -> bytes:
    """Give an error as S3 writes it."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f"{head}<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>".encode()
