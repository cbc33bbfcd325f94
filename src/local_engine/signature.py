"""AWS Signature Version 4 of a request, checked against the run's secret: in the header or presigned in the query.

The engine's own signing words are used, which are loaded anyway (botocore's take a fifth of a second); a test signs
with botocore and holds them against it. What they leave to their callers is done here: the body against its hash,
unsigned headers, dates and lifetimes.
"""

import hmac
import re
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from ministack.core import sigv4

from local_engine.request import Message, Receive, Refused, Request

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_HASH: Final = "x-amz-content-sha256"
_HEXADECIMAL: Final = re.compile(r"[0-9a-f]{64}\Z")
_MOMENT: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z\Z")
_SECONDS: Final = re.compile(r"[0-9]{1,6}\Z")
# Bodies that carry no hash of their own, in S3 only; and those whose every chunk is signed.
_UNSIGNED: Final = frozenset({"UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"})
_CHUNKED: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
# What clients add after they signed; AWS takes these unsigned as well.
_MAY_BE_UNSIGNED: Final = frozenset({_HASH, "x-amz-user-agent"})
_SKEW: Final = timedelta(minutes=15)
_LONGEST: Final = 7 * 24 * 3600
# Kept in memory before anybody is known to have the secret. Lambda's zips come so, 50 MB at most, as base64.
_MOST_UNCHECKED: Final = 128 * 2**20
_NEXT: Final = "`heliograph env` prints the credentials of the stack that runs"


class Gone(Exception):
    """The client went away before it had sent its body."""


class Signatures:
    """Checks requests. account: the only key id that is taken. now: the clock, aware, UTC."""

    def __init__(self, account: str, secret: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Keep whose signature counts."""
        self._account = account
        self._secret = secret
        self._now = now

    async def check(self, request: Request, receive: Receive) -> Receive:
        """Check a request and its body; return what hands the body on.

        Where the head says the body's hash, a wrong signature is refused before the body is read.

        Raises:
            Refused: it isn't signed by the run's secret, or not as it came.
            Gone: the body ends early.
        """
        presigned = "X-Amz-Signature" in request.query
        signature = self._read(request, presigned=presigned)
        promised = _promised(request, signature.service)
        chunked = promised.startswith(_CHUNKED)
        if promised and not chunked:
            self._match(request, signature, {}, b"", presigned=presigned)
        body = await _read(receive, _MOST_UNCHECKED if chunked or not promised else None)
        if chunked:
            self._match(request, signature, {}, body.joined(), presigned=presigned)
        elif not promised:
            self._match(request, signature, {_HASH: body.digest}, b"", presigned=presigned)
        elif _HEXADECIMAL.match(promised) and not hmac.compare_digest(promised, body.digest):
            raise Refused("XAmzContentSHA256Mismatch", "the body isn't what its x-amz-content-sha256 says")
        return body.handed_on(receive)

    def _read(self, request: Request, *, presigned: bool) -> sigv4.HeaderSignature:
        """Read a signature and check all of it that needs no secret."""
        header = request.headers.get("authorization", "")
        if "Signature" in request.query or header.startswith("AWS "):
            raise Refused("InvalidRequest", "signature version 2 isn't taken: ask for s3v4 in the client's settings")
        if not header and not presigned:
            raise Refused("MissingAuthenticationToken", f"the request isn't signed; {_NEXT}")
        if header and presigned:
            raise Refused("InvalidArgument", "sign a request once: in its header or in its query")
        algorithm = request.query.get("X-Amz-Algorithm", [""])[0] if presigned else header.partition(" ")[0]
        if algorithm != _ALGORITHM:
            raise Refused("IncompleteSignature", f"sign with {_ALGORITHM}; {_NEXT}")
        parse = sigv4.parse_query_signature if presigned else sigv4.parse_header_signature
        read = parse(request.query if presigned else request.headers)
        if isinstance(read, tuple):
            raise Refused(*read)
        if not hmac.compare_digest(read.access_key_id.encode(), self._account.encode()):
            raise Refused("InvalidClientTokenId", f"the key id isn't this engine's; {_NEXT}")
        if not _HEXADECIMAL.match(read.signature):
            raise Refused("IncompleteSignature", f"a signature is 64 hexadecimal digits; {_NEXT}")
        _check_signed_headers(request, read.signed_headers)
        self._check_time(request, read, presigned=presigned)
        return read

    def _check_time(self, request: Request, signature: sigv4.HeaderSignature, *, presigned: bool) -> None:
        signed_at = _moment(signature.amz_date)
        if signed_at is None:
            raise Refused("IncompleteSignature", "x-amz-date is a moment like 20261128T120000Z")
        now = self._now()
        if not presigned:
            if skewed := sigv4.request_time_failure(signature, now=now):
                raise Refused(*skewed)
            return
        lifetime = request.query.get("X-Amz-Expires", [""])[0]
        if not _SECONDS.match(lifetime) or not 0 < int(lifetime) <= _LONGEST:
            raise Refused("AuthorizationQueryParametersError", f"X-Amz-Expires is 1 to {_LONGEST} seconds")
        if now - signed_at > timedelta(seconds=int(lifetime)):
            raise Refused("AccessDenied", "the presigned address has expired")
        if signed_at - now > _SKEW:
            raise Refused("AccessDenied", "the presigned address isn't valid yet")

    def _match(
        self, request: Request, signature: sigv4.HeaderSignature, more: dict[str, str], body: bytes, *, presigned: bool
    ) -> None:
        failed = sigv4.header_signature_failure(
            signature,
            self._secret,
            request.method,
            request.raw_path,
            request.query,
            {**request.headers, **more},
            body,
            presigned=presigned,
        )
        if failed:
            code, message = failed
            raise Refused(code, f"{message} {_NEXT}")


def _moment(text: str) -> datetime | None:
    """Return the moment that a signature names; None where it is none, as a month 99."""
    if not _MOMENT.match(text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _promised(request: Request, service: str) -> str:
    """Return what the head says of the body's hash; empty where it says nothing."""
    promised = request.headers.get(_HASH, "")
    taken = not promised or _HEXADECIMAL.match(promised) or promised.startswith(_CHUNKED)
    if not taken and not (promised in _UNSIGNED and service == "s3"):
        raise Refused("InvalidRequest", f"{_HASH} is a SHA-256, or for S3 one of {', '.join(sorted(_UNSIGNED))}")
    return promised


def _check_signed_headers(request: Request, signed: str) -> None:
    """Refuse a request whose meaning could be changed without its signature."""
    names = signed.split(";")
    loose = [
        name
        for name in request.headers
        if name.startswith("x-amz-") and name not in names and name not in _MAY_BE_UNSIGNED
    ]
    if "host" not in names or loose:
        raise Refused("AccessDenied", f"these headers weren't signed: {', '.join(loose) or 'host'}")


class _Body:
    """A body as it came, in pieces, and its hash."""

    def __init__(self) -> None:
        self._pieces: deque[Message] = deque()
        self._hash = sha256()

    def add(self, piece: Message) -> None:
        self._pieces.append(piece)
        self._hash.update(piece.get("body", b""))

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def joined(self) -> bytes:
        return b"".join(piece.get("body", b"") for piece in self._pieces)

    def handed_on(self, receive: Receive) -> Receive:
        """Return what gives each piece once, and then what follows; a piece that was given isn't kept."""

        async def next_piece() -> Message:
            return self._pieces.popleft() if self._pieces else await receive()

        return next_piece


async def _read(receive: Receive, most: int | None) -> _Body:
    """Read a body, of at most so many bytes where its signature isn't checked yet."""
    body = _Body()
    size = 0
    while True:
        piece = await receive()
        if piece["type"] != "http.request":
            raise Gone
        body.add(piece)
        size += len(piece.get("body", b""))
        if most is not None and size > most:
            raise Refused("RequestEntityTooLarge", f"a body of over {most >> 20} MiB needs an x-amz-content-sha256")
        if not piece.get("more_body", False):
            return body
