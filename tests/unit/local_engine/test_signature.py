"""The guard's check of signatures, held against botocore's signer: what it signs passes, and nothing else does."""

import hmac
import re
from datetime import timedelta
from hashlib import sha256
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st
from ministack.core.sigv4 import HeaderSignature, derive_signing_key, header_signing_documents

from local_engine import signature
from unit.local_engine.asked import (
    ACCOUNT,
    API,
    HOST,
    KEYS,
    SECRET,
    Asked,
    asked,
    presigned,
    put_to_guard,
    signed,
    today,
)

PUT = asked("PUT", "/bucket/raw/a%20file.json", b'[{"a": 1}]')
QUERY = st.lists(
    st.tuples(st.text(min_size=1, max_size=5), st.text(max_size=5)), max_size=3, unique_by=lambda at: at[0]
)
# What an HTTP client sends as a path: no empty or dotted part, which botocore itself rewrites before it signs.
PATH = st.lists(st.text(min_size=1, max_size=8).filter(lambda part: part not in {".", ".."}), max_size=4)


@given(
    service=st.sampled_from(["s3", "dynamodb", "sqs", "lambda", "execute-api", "scheduler"]),
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD"]),
    path=PATH,
    query=QUERY,
    body=st.binary(max_size=40),
    cut=st.integers(0, 40),
    header=st.from_regex(r"[!-~][ -~]{0,20}", fullmatch=True),
)
def test_what_botocore_signs_is_let_in(  # noqa: PLR0913, PLR0917 - all that makes a request
    service: str, method: str, path: list[str], query: list[tuple[str, str]], body: bytes, cut: int, header: str
) -> None:
    """Whatever the method, path, query, headers and body, in however many pieces: it reaches the engine as sent."""
    names = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    url = "/" + "/".join(quote(part, safe="") for part in path) + (f"?{names}" if names else "")
    request = signed(asked(method, url, body, x_amz_meta_told=header), service)
    answer = put_to_guard(request, pieces=[body[:cut], body[cut:]])
    assert (answer.status, answer.reached) == (200, body)


@given(body=st.binary(max_size=40), other=st.binary(max_size=40), service=st.sampled_from(["s3", "dynamodb"]))
def test_another_body_is_refused(body: bytes, other: bytes, service: str) -> None:
    """The body that was signed is let in, and no other, whether the head told its hash or not."""
    request = signed(asked("PUT", "/bucket/key", body), service)
    request.body = other
    answer = put_to_guard(request)
    assert (answer.reached is not None) == (body == other)


@pytest.mark.parametrize(
    "changed",
    [
        Asked("POST", PUT.url, {}, PUT.body),
        Asked("PUT", "/bucket/raw/another.json", {}, PUT.body),
        Asked("PUT", "/bucket/raw/a%2520file.json", {}, PUT.body),
        Asked("PUT", f"{PUT.url}?acl", {}, PUT.body),
        Asked("PUT", PUT.url, {"x-amz-date": "20260101T000000Z"}, PUT.body),
        Asked("PUT", PUT.url, {"x-amz-acl": "public-read"}, PUT.body),
        Asked("PUT", PUT.url, {"x-amz-copy-source": "/bucket/raw/other.json"}, PUT.body),
        Asked("PUT", PUT.url, {"x-amz-content-sha256": sha256(b"x").hexdigest()}, PUT.body),
        Asked("PUT", PUT.url, {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, PUT.body),
        Asked("PUT", PUT.url, {"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}, PUT.body),
    ],
)
def test_what_was_changed_after_signing_is_refused(changed: Asked) -> None:
    """Method, path, query, date, and what the head says of the body are all signed."""
    changed.headers = {**signed(PUT, "s3").headers, **changed.headers}
    assert put_to_guard(changed).reached is None


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (Credentials(ACCOUNT, "another secret"), "SignatureDoesNotMatch"),
        (Credentials(ACCOUNT, "test"), "SignatureDoesNotMatch"),
        (Credentials("test", "test"), "InvalidClientTokenId"),
        (Credentials("111111111111", SECRET), "InvalidClientTokenId"),
        (Credentials("AKIAMADEUPFORTESTS00", SECRET), "InvalidClientTokenId"),
    ],
)
@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_nobody_elses_keys_are_taken(keys: Credentials, code: str, service: str) -> None:
    """Neither the keys that an engine takes by itself, nor another account's, nor those of an earlier run."""
    answer = put_to_guard(signed(PUT, service, keys))
    assert (answer.status, answer.reached) == (403, None)
    assert answer.headers["x-amzn-errortype"] == code
    assert b"`heliograph env` prints the credentials" in answer.body


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=",
        f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20261128/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=00",
        f"AWS4-ECDSA-P256-SHA256 Credential={ACCOUNT}/20261128/s3/aws4_request, SignedHeaders=host, Signature=00",
        f"AWS {ACCOUNT}:c2lnbmF0dXJl",
        "Bearer token",
        "Basic dGVzdDp0ZXN0",
        "AWS4-HMAC-SHA256 Credential=é/é/é/é/é, SignedHeaders=é, Signature=é",
    ],
)
def test_nonsense_is_refused(authorization: str) -> None:
    """Whatever stands for a signature and is none is refused, and nothing breaks."""
    assert put_to_guard(PUT.with_headers(authorization=authorization)).status == 403
    dated = signed(PUT, "s3").with_headers(authorization=authorization)
    assert put_to_guard(dated).status == 403


@pytest.mark.parametrize(
    ("service", "minutes", "status"),
    [("s3", 14, 200), ("s3", 16, 403), ("s3", -14, 200), ("s3", -16, 403), ("lambda", 4, 200), ("lambda", 6, 403)],
)
def test_a_signature_holds_for_minutes(service: str, minutes: int, status: int) -> None:
    """As AWS has it: 15 minutes to either side for S3, 5 for most other services."""
    assert put_to_guard(signed(PUT, service), now=today() + timedelta(minutes=minutes)).status == status


def test_an_unsigned_header_that_aws_reads_is_refused() -> None:
    """Host is signed, and every x-amz header; what a client adds to its name isn't held against it."""
    request = signed(PUT, "s3")
    loose = {name: value for name, value in request.headers.items() if name != "authorization"}
    bare = request.headers["authorization"].replace("host;", "")
    assert put_to_guard(Asked("PUT", PUT.url, {**loose, "authorization": bare}, PUT.body)).reached is None
    assert put_to_guard(request.with_headers(x_amz_tagging="a=b")).reached is None
    assert put_to_guard(request.with_headers(user_agent="mine")).status == 200


@pytest.mark.parametrize(
    ("names", "moment", "algorithm"),
    [
        ("x-amz-content-sha256;x-amz-date", None, "AWS4-HMAC-SHA256"),
        (None, "tomorrow", "AWS4-HMAC-SHA256"),
        (None, "", "AWS4-HMAC-SHA256"),
        (None, None, "AWS4-HMAC-SHA1"),
    ],
)
def test_a_right_signature_of_too_little_is_refused(names: str | None, moment: str | None, algorithm: str) -> None:
    """A signature that is right but leaves the host out, has no moment, or says another algorithm."""
    assert put_to_guard(_signed_by_hand()).status == 200
    request = _signed_by_hand(names or "host;x-amz-content-sha256;x-amz-date", moment, algorithm)
    assert put_to_guard(request).status == 403


def _signed_by_hand(
    names: str = "host;x-amz-content-sha256;x-amz-date", moment: str | None = None, algorithm: str = "AWS4-HMAC-SHA256"
) -> Asked:
    """Return an upload with a signature over these headers, at this moment, now where None."""
    moment = f"{today():%Y%m%dT%H%M%SZ}" if moment is None else moment
    headers = {"host": HOST, "x-amz-date": moment, "x-amz-content-sha256": sha256(PUT.body).hexdigest()}
    read = HeaderSignature(ACCOUNT, moment[:8], "eu-west-1", "s3", names, "", moment)
    key = derive_signing_key(SECRET, moment[:8], "eu-west-1", "s3")
    _, said = header_signing_documents(read, "PUT", PUT.url, {}, headers, b"")
    scope = f"{ACCOUNT}/{moment[:8]}/eu-west-1/s3/aws4_request"
    made = f"SignedHeaders={names}, Signature={hmac.new(key, said.encode(), sha256).hexdigest()}"
    return Asked("PUT", PUT.url, {**headers, "authorization": f"{algorithm} Credential={scope}, {made}"}, PUT.body)


@pytest.mark.parametrize("promised", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
def test_a_body_without_a_hash_is_for_s3_alone(promised: str) -> None:
    """As on AWS: elsewhere who signs a head hasn't signed any body to it."""
    bare = asked("POST", "/", b"{}", x_amz_content_sha256=promised)
    assert put_to_guard(signed(bare, "dynamodb")).reached is None
    assert put_to_guard(signed(bare, "execute-api")).reached is None


def test_a_body_is_not_kept_without_end_before_its_signature_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever hasn't the secret can't fill the engine's memory: beyond a bound the head must say the body's hash."""
    monkeypatch.setattr(signature, "_MOST_UNCHECKED", 1000)
    request = signed(asked("POST", "/", b"x" * 1001), "dynamodb")
    assert put_to_guard(request).status == 403
    assert put_to_guard(signed(asked("POST", "/", b"x" * 1000), "dynamodb")).status == 200
    assert put_to_guard(signed(asked("PUT", "/bucket/key", b"x" * 1001), "s3")).status == 200


def test_a_presigned_address_is_let_in_until_it_expires() -> None:
    """It reads or writes what it was made for, as long as it was made for, and nothing else."""
    request = presigned("/bucket/raw/a.json")
    assert put_to_guard(request).status == 200
    assert put_to_guard(request, now=today() + timedelta(seconds=50)).status == 200
    assert put_to_guard(request, now=today() + timedelta(seconds=70)).status == 403
    assert put_to_guard(request, now=today() - timedelta(minutes=16)).status == 403
    assert put_to_guard(Asked("PUT", request.url, request.headers)).status == 403
    assert put_to_guard(Asked("GET", request.url.replace("a.json", "b.json"), request.headers)).status == 403
    longer = re.sub("X-Amz-Expires=60", "X-Amz-Expires=600", request.url)
    assert put_to_guard(Asked("GET", longer, request.headers)).status == 403
    assert put_to_guard(presigned("/bucket/raw/a.json", seconds=8 * 24 * 3600)).status == 403
    upload = presigned("/bucket/raw/a.json", "PUT")
    upload.body = b"any"
    assert put_to_guard(upload).reached == b"any"
    assert put_to_guard(upload.with_headers(x_amz_copy_source="/bucket/raw/b.json")).reached is None


def test_signature_version_2_is_refused_with_what_to_do() -> None:
    """AWS takes it of no new bucket; boto3 presigns with it unless it is told otherwise."""
    old = asked("GET", f"/bucket/key?AWSAccessKeyId={ACCOUNT}&Signature=c2ln&Expires=9999999999")
    assert b"ask for s3v4" in put_to_guard(old).body


def test_one_signature_a_request() -> None:
    """In the header or in the query: the engine would read the account of either."""
    twice = presigned("/bucket/key").with_headers(
        authorization=signed(asked("GET", "/bucket/key"), "s3").headers["authorization"]
    )
    assert put_to_guard(twice).reached is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("X-Amz-Date", "20269999T999999Z"),
        ("X-Amz-Date", "99991231T235959Z"),
        ("X-Amz-Date", "00010101T000000Z"),
        ("X-Amz-Expires", "1" * 5000),
        ("X-Amz-Expires", "%D9%A1"),
        ("X-Amz-Signature", "%C3%A9"),
    ],
)
def test_a_presigned_address_that_makes_no_sense_is_refused(field: str, value: str) -> None:
    """A month 99, the last year there is, a number of thousands of digits: each is answered, and nothing breaks."""
    request = presigned("/bucket/key")
    request.url = re.sub(f"{field}=[^&]*", f"{field}={value}", request.url)
    assert put_to_guard(request).status == 403


def test_a_signature_that_makes_no_sense_is_refused() -> None:
    """Letters that no signature has, and a moment that no calendar has though it was signed."""
    request = signed(asked("GET", "/bucket/key"), "s3")
    odd = re.sub("Signature=.*", "Signature=é", request.headers["authorization"])
    assert put_to_guard(request.with_headers(authorization=odd)).status == 403
    assert put_to_guard(request.with_headers(x_amz_date="20269999T999999Z")).status == 403


def test_the_api_takes_a_bearer_where_it_only_reads() -> None:
    """Whatever a request to read says of who sends it, the API's own authorizer may want to know it."""
    assert put_to_guard(asked("GET", f"{API}/fleet", authorization="Bearer token")).status == 200


def test_an_upload_of_signed_chunks_is_checked_chunk_by_chunk() -> None:
    """As the Java and .NET clients send it: each chunk is signed, chained from the request's own signature."""
    request = _in_chunks(b"first", b"second", b"")
    assert put_to_guard(request).reached == request.body
    request.body = request.body.replace(b"second", b"Second")
    assert put_to_guard(request).reached is None


def _in_chunks(*chunks: bytes) -> Asked:
    """Return an upload in signed chunks (Amazon S3 User Guide, "Transferring payload in multiple chunks")."""
    told = {"X-Amz-Content-SHA256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
    aws = AWSRequest("PUT", f"http://{HOST}/bucket/key", told)
    SigV4Auth(KEYS, "s3", "eu-west-1").add_auth(aws)
    moment, previous = aws.headers["X-Amz-Date"], aws.headers["Authorization"].rpartition("Signature=")[2]
    key, scope = derive_signing_key(SECRET, moment[:8], "eu-west-1", "s3"), f"{moment[:8]}/eu-west-1/s3/aws4_request"
    body = b""
    for chunk in chunks:
        hashes = (sha256(b"").hexdigest(), sha256(chunk).hexdigest())
        said = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", moment, scope, previous, *hashes])
        previous = hmac.new(key, said.encode(), sha256).hexdigest()
        body += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + b"\r\n"
    return asked("PUT", "/bucket/key", body).with_headers(
        **{name.replace("-", "_"): value for name, value in aws.headers.items()}
    )
