"""Make AWS clients, with the retries and time limits that suit a Lambda.

botocore alone, not boto3: it is half the import, and the resource layer isn't used. On the laptop only the endpoint
differs, through botocore's own AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_DYNAMODB.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import botocore
import botocore.session
from botocore.config import Config

import heliograph
from heliograph.storage.fast_path import read_fast, with_fast_path

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient

_CONNECT_SECONDS = 3
_READ_SECONDS = 20
_ATTEMPTS = 5


class Clients:
    """AWS clients of one process, made from one botocore session."""

    def __init__(
        self,
        session: botocore.session.Session | None = None,
        endpoint_url: str | None = None,
        dynamodb_url: str | None = None,
    ) -> None:
        """Use `session` or the environment's; send every call to `endpoint_url` where it is given.

        dynamodb_url: where DynamoDB's calls go instead.
        """
        self._session = session or botocore.session.get_session()
        read_fast(self._session)
        self._endpoint_url = endpoint_url
        self._dynamodb_url = dynamodb_url or endpoint_url

    def dynamodb(self) -> "DynamoDBClient":
        """Make a DynamoDB client whose batch calls take the fast path."""
        return with_fast_path(self._session, cast("DynamoDBClient", self._make("dynamodb")))

    def s3(self, attempts: int = _ATTEMPTS) -> "S3Client":
        """Make an S3 client. attempts: how often a call is made at most."""
        return cast("S3Client", self._make("s3", attempts))

    def sns(self) -> "SNSClient":
        """Return an SNS client, which is made when it is first used."""
        return cast("SNSClient", _Later(lambda: self._make("sns")))

    def sqs(self) -> "SQSClient":
        """Return an SQS client, which is made when it is first used."""
        return cast("SQSClient", _Later(lambda: self._make("sqs")))

    def who(self) -> str:
        """Return whose credentials these are, as AWS knows them: an ARN."""
        sts: Any = self._make("sts")
        return str(sts.get_caller_identity()["Arn"])

    def _make(self, service: str, attempts: int = _ATTEMPTS) -> object:
        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": attempts},
            max_pool_connections=10,
            # botocore's own tells of each call's features, and takes a fifth of a small call to make.
            user_agent=f"Botocore/{botocore.__version__} heliograph/{heliograph.__version__}",
            s3={"addressing_style": "path"} if self._endpoint_url else None,
        )
        endpoint_url = self._dynamodb_url if service == "dynamodb" else self._endpoint_url
        return self._session.create_client(service, config=config, endpoint_url=endpoint_url)


class _Later:
    """Stands for a client that most calls of a Lambda don't need."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        if "_client" not in self.__dict__:
            self._client = self._make()
        return getattr(self._client, name)
