"""A DynamoDB client whose batch calls take the fast path.

botocore checks, writes and reads each of a batch's 300 values one by one, which takes ten times as long as all else
that is done with a reading. Here msgspec writes the body and reads the answer, botocore's signer signs it, and urllib3,
which botocore itself sends with, sends it on connections it keeps. That is one attempt. Whatever isn't a plain 200, an
error, a throttle, a broken connection, is left to the client, which sends the same again with its own retries and
raises its own errors.

So a call may be sent twice, as botocore itself does after a broken connection: an INSERT then answers DuplicateItem,
and the merge that follows finds the very landing it brings.

What botocore knows of each service is read by msgspec too: the same files in a tenth of the time, once half an init.
"""

import gzip
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import get_cert_path
from botocore.loaders import create_loader
from botocore.utils import get_environ_proxies
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.credentials import Credentials
    from botocore.loaders import JSONFileLoader
    from botocore.session import Session
    from types_boto3_dynamodb import DynamoDBClient


_VERSION: Final = "DynamoDB_20120810"
_OK: Final = 200

Parsed = dict[str, Any]


class FastDynamo:
    """A DynamoDB client: batch calls take the fast path, and all else is the client's own.

    Who listens to the client's events hears of a short call only where the client has to repeat it.
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

    def batch_execute_statement(self, **params: Any) -> Parsed:  # noqa: ANN401 - DynamoDB's own parameters
        """Run up to 25 statements; their parameters may be ready as JSON."""
        return self._call("BatchExecuteStatement", params)

    def batch_get_item(self, **params: Any) -> Parsed:  # noqa: ANN401 - DynamoDB's own parameters
        """Read up to 100 items; their attributes come as they are on the wire."""
        return self._call("BatchGetItem", params)

    def _call(self, operation: str, params: dict[str, Any]) -> Parsed:
        body = msgspec.json.encode(params)
        with suppress(msgspec.MsgspecError):  # an answer cut short is asked for again, like any other trouble
            if (answer := self.once(operation, body)) is not None:
                return cast("Parsed", msgspec.json.decode(answer))
        act: dict[str, Callable[..., Any]] = {
            "BatchExecuteStatement": self._client.batch_execute_statement,
            "BatchGetItem": self._client.batch_get_item,
        }
        return cast("Parsed", act[operation](**msgspec.json.decode(body)))

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


def with_fast_path(session: "Session", client: "DynamoDBClient") -> "DynamoDBClient":
    """Make a client's batch calls take the fast path; they go where, and trust whom, its others do.

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


def fast_path_of(client: object) -> FastDynamo | None:
    """Return a client with a fast path as one; None for any other."""
    return client if isinstance(client, FastDynamo) else None


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
