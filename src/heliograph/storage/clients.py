"""Make AWS clients, with the retries and time limits that suit a Lambda.

botocore alone, not boto3: it is half the import, and the resource layer isn't used. On the laptop only the endpoint
differs, through botocore's own AWS_ENDPOINT_URL.
"""

from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

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

    def __init__(self, session: botocore.session.Session | None = None, endpoint_url: str | None = None) -> None:
        """Use `session` or the environment's; send every call to `endpoint_url` where it is given."""
        self._session = session or botocore.session.get_session()
        self._endpoint_url = endpoint_url

    def dynamodb(self) -> "DynamoDBClient":
        """Make a DynamoDB client."""
        return cast("DynamoDBClient", self._make("dynamodb"))

    def s3(self) -> "S3Client":
        """Make an S3 client."""
        return cast("S3Client", self._make("s3"))

    def sns(self) -> "SNSClient":
        """Make an SNS client."""
        return cast("SNSClient", self._make("sns"))

    def sqs(self) -> "SQSClient":
        """Make an SQS client."""
        return cast("SQSClient", self._make("sqs"))

    def _make(self, service: str) -> object:
        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            max_pool_connections=10,
            s3={"addressing_style": "path"} if self._endpoint_url else None,
        )
        return self._session.create_client(service, config=config, endpoint_url=self._endpoint_url)
