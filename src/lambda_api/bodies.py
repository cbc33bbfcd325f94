"""Files as request bodies: what API Gateway would hand on spoilt is refused, here as there."""

from typing import Final

from fastapi import Request

from lambda_api.problems import UNSUPPORTED_MEDIA, ProblemRaised

_JSON: Final = "application/json"
_GZIP: Final = b"\x1f\x8b"
# What becomes of gzip that is read as UTF-8.
_SPOILT_GZIP: Final = b"\x1f\xef\xbf\xbd"
# API Gateway hands bodies of these types on as text, and all others as they are.
_TEXT_TYPES: Final = frozenset({"application/json", "application/javascript", "application/xml"})
# What becomes of bytes that aren't UTF-8.
_REPLACED: Final = "\ufffd"


def require_whole(request: Request, body: bytes) -> None:
    """Refuse gzip that was sent as text, here as on AWS, where it arrives spoilt; and other encodings.

    Raises:
        ProblemRaised: the body can't be what was sent, or is encoded otherwise.
    """
    encodings = {each.strip().lower() for each in request.headers.get("content-encoding", "").split(",")}
    if others := sorted(encodings - {"", "identity", "gzip", "x-gzip"}):
        what = f"Content-Encoding: {others[0][:40]!a} isn't read; send the body plain or as gzip"
        raise ProblemRaised(UNSUPPORTED_MEDIA, what, headers={"Accept-Encoding": "gzip"})
    media_type = _media_type(request)
    if body.startswith(_SPOILT_GZIP) or (_is_text(media_type) and body.startswith(_GZIP)):
        what = f"gzip can't be sent as {media_type[:40]!a}; send it with Content-Type: application/gzip"
        raise ProblemRaised(UNSUPPORTED_MEDIA, what)


def require_json(request: Request) -> None:
    """Refuse a body that doesn't say it is JSON.

    A page of any site can have a browser send a form, or text, without asking (Fetch, "simple requests"); JSON it asks
    about first. So what writes by JSON takes nothing else, beside what http_semantics.py refuses.

    Raises:
        ProblemRaised: its type is another, or it has none.
    """
    if _media_type(request) != _JSON:
        raise ProblemRaised(UNSUPPORTED_MEDIA, f"the body must be JSON that says so; send Content-Type: {_JSON}")


def require_unspoilt(request: Request, body: bytes) -> None:
    """Refuse what was sent as text and isn't UTF-8, here as on AWS, where it arrives spoilt.

    Raises:
        ProblemRaised: it is a workbook, or text in another encoding.
    """
    media_type = _media_type(request)
    if not _is_text(media_type):
        return
    try:
        spoilt = _REPLACED in body.decode()
    except UnicodeDecodeError:
        spoilt = True
    if spoilt:
        what = f"the body isn't UTF-8, so it can't be sent as {media_type[:40]!a}; send it as application/octet-stream"
        raise ProblemRaised(UNSUPPORTED_MEDIA, what)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_text(media_type: str) -> bool:
    return media_type.startswith("text/") or media_type in _TEXT_TYPES
