"""Resources' ARNs and addresses, made from names alone, so that no call has to look them up."""

import msgspec


class Place(msgspec.Struct, frozen=True):
    """Where resources are: an account's region, behind an endpoint (without a slash at its end)."""

    endpoint: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of a regional service."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def function_arn(self, name: str) -> str:
        """Return a Lambda function's ARN."""
        return self.arn("lambda", f"function:{name}")

    def role_arn(self, name: str) -> str:
        """Return a role's ARN."""
        return f"arn:aws:iam::{self.account}:role/{name}"

    def queue_url(self, name: str) -> str:
        """Return a queue's URL."""
        return f"{self.endpoint}/{self.account}/{name}"

    def api_url(self, api_id: str) -> str:
        """Return an HTTP API's address.

        Of the ways to reach one, this works in every client: a host name below `localhost` isn't resolved everywhere.
        """
        return f"{self.endpoint}/_aws/execute-api/{api_id}"


def bucket_arn(name: str) -> str:
    """Return a bucket's ARN, which names no region and no account."""
    return f"arn:aws:s3:::{name}"
