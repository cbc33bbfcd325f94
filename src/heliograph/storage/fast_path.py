"""The fast path of DynamoDB's calls that read or write much: `ask` makes a call and decodes its answer.

botocore checks, writes and reads each of a batch's 300 values one by one, which takes ten times as long as all else
that is done with a reading; a site's two days are 600 items of 70 µs each. Here msgspec writes the body and decodes the
answer into what is asked for, botocore's signer signs it, and urllib3, which botocore itself sends with, sends it on
connections it keeps. That is one attempt. Whatever isn't a plain 200, an error, a throttle, a broken connection, is
left to the client, which sends the same again with its own retries and raises its own errors.

So a call may be sent twice, as botocore itself does after a broken connection: an INSERT then answers DuplicateItem,
and the merge that follows finds the very landing it brings.

What botocore knows of each service is read by msgspec too: the same files in a tenth of the time, once half an init.
"""

import gzip
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import msgspec
from botocore import xform_name
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import get_cert_path
from botocore.loaders import create_loader
from botocore.utils import get_environ_proxies
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.credentials import Credentials
    from botocore.loaders import JSONFileLoader
    from botocore.session import Session
    from types_boto3_dynamodb import DynamoDBClient


_VERSION: Final = "DynamoDB_20120810"
_OK: Final = 200

T = TypeVar("T")


class FastDynamo:
    """A DynamoDB client with a fast path for `ask`; all else is the client's own.

    Who listens to the client's events hears of a fast call only where the client has to repeat it.
    """

    def __init__(self, client: "DynamoDBClient", connections: PoolManager, credentials: "Credentials") -> None:
        """Keep the client and the connections; nothing is called yet."""
        self._client = client
        self._connections = connections
        self._credentials = credentials
        self._url = f"{client.meta.endpoint_url.rstrip('/')}/"
        self._region = client.meta.region_name
        self._agent = str(_settings(client).user_agent)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        """Return what is the client's."""
        return getattr(self._client, name)

    def once(self, operation: str, body: bytes) -> bytes | None:
        """Send any call once and return the answer's body; nothing where the client is to send it."""
        try:
            answer = self._connections.urlopen("POST", self._url, body=body, headers=self._signed(operation, body))
        except HTTPError:
            return None
        return answer.data if answer.status == _OK else None

    def _signed(self, operation: str, body: bytes) -> dict[str, str]:
        """Return the headers of a signed call."""
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "User-Agent": self._agent,
            "X-Amz-Target": f"{_VERSION}.{operation}",
        }
        request = AWSRequest("POST", self._url, headers, body)
        SigV4Auth(self._credentials.get_frozen_credentials(), "dynamodb", self._region).add_auth(request)
        return dict(request.headers.items())


def ask(
    dynamodb: "DynamoDBClient", operation: str, request: "Mapping[str, Any]", decoder: "msgspec.json.Decoder[T]"
) -> T:
    """Make a call and decode its answer: by the fast path where the client has one and it works, else by botocore.

    request: DynamoDB's own parameters, without bytes; a part of it may be ready as JSON.

    Raises:
        msgspec.ValidationError: the answer isn't what `decoder` reads.
    """
    body = msgspec.json.encode(request)
    if isinstance(dynamodb, FastDynamo):
        with suppress(msgspec.MsgspecError):  # an answer cut short is asked for again, like any other failure
            if (answer := dynamodb.once(operation, body)) is not None:
                return decoder.decode(answer)
    parsed = getattr(dynamodb, xform_name(operation))(**msgspec.json.decode(body))
    return decoder.decode(msgspec.json.encode(parsed))


def with_fast_path(session: "Session", client: "DynamoDBClient") -> "DynamoDBClient":
    """Add the fast path to a client; its calls go where, and trust whom, the client's others do.

    Behind a proxy, and without credentials, the client is left as it is.
    """
    config, credentials = _settings(client), session.get_credentials()
    proxies = get_environ_proxies(client.meta.endpoint_url) if config.proxies is None else config.proxies
    if proxies or credentials is None:
        return client
    connections = PoolManager(
        maxsize=config.max_pool_connections,
        timeout=Timeout(connect=config.connect_timeout, read=config.read_timeout),
        retries=False,
        ca_certs=get_cert_path(session.get_config_variable("ca_bundle") or True),
        cert_reqs="CERT_REQUIRED",
    )
    return cast("DynamoDBClient", FastDynamo(client, connections, credentials))


def _settings(client: "DynamoDBClient") -> Any:  # noqa: ANN401 - the settings of a Config aren't in its stubs
    return client.meta.config


class _Files:
    """Reads data files as botocore's own `JSONFileLoader` does. Paths come without their ending."""

    def exists(self, file_path: str) -> bool:
        """Return whether there is such a file."""
        return any(path.is_file() for path in _paths(file_path))

    def load_file(self, file_path: str) -> Any:  # noqa: ANN401 - whatever the file holds
        """Read a file, or return nothing where there is none."""
        for path in _paths(file_path):
            if path.is_file():
                body = path.read_bytes()
                return msgspec.json.decode(gzip.decompress(body) if path.suffix == ".gz" else body)
        return None


def read_fast(session: "Session") -> None:
    """Make a session read its data files by msgspec; before its first client."""
    loader = create_loader(session.get_config_variable("data_path"))
    loader.file_loader = cast("JSONFileLoader", _Files())
    session.register_component("data_loader", loader)


def _paths(file_path: str) -> tuple[Path, Path]:
    return Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
