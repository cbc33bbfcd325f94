"""What IAM checks for a request to S3, which names its operations by method and by what stands in the query."""

from typing import Final
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree as ET

from terraform.grants import Check
from terraform.recorder import Recorded

# A bucket's own settings: how the query names each, and the right to read it; the right to change or remove it is the
# same with Put, but where `_CHANGES` says otherwise.
_READS: Final = {
    "accelerate": "GetAccelerateConfiguration",
    "acl": "GetBucketAcl",
    "cors": "GetBucketCORS",
    "encryption": "GetEncryptionConfiguration",
    "lifecycle": "GetLifecycleConfiguration",
    "location": "GetBucketLocation",
    "logging": "GetBucketLogging",
    "notification": "GetBucketNotification",
    "object-lock": "GetBucketObjectLockConfiguration",
    "ownershipControls": "GetBucketOwnershipControls",
    "policy": "GetBucketPolicy",
    "publicAccessBlock": "GetBucketPublicAccessBlock",
    "replication": "GetReplicationConfiguration",
    "requestPayment": "GetBucketRequestPayment",
    "tagging": "GetBucketTagging",
    "versioning": "GetBucketVersioning",
    "versions": "ListBucketVersions",
    "website": "GetBucketWebsite",
}
_CHANGES: Final = {("DELETE", "policy"): "DeleteBucketPolicy"}
_BUCKET: Final = {"PUT": "CreateBucket", "DELETE": "DeleteBucket", "HEAD": "ListBucket", "GET": "ListBucket"}
_OBJECT: Final = {"PUT": "PutObject", "DELETE": "DeleteObject", "HEAD": "GetObject", "GET": "GetObject"}


def s3_checks(recorded: Recorded) -> list[Check]:
    """Return what IAM checks."""
    bucket, _, key = recorded.path.lstrip("/").partition("/")
    query = dict(parse_qsl(recorded.query, keep_blank_values=True))
    arn = f"arn:aws:s3:::{bucket}"
    if key:
        action = _OBJECT[recorded.method] + ("Version" if "versionId" in query else "")
        return [Check(f"s3:{action}", f"{arn}/{unquote(key)}")]
    if recorded.method == "POST" and "delete" in query:
        return [Check(f"s3:{action}", f"{arn}/{name}") for action, name in _deleted(recorded.body)]
    setting = next((name for name in _READS if name in query), None)
    if setting is None:
        context = (("s3:prefix", query["prefix"]),) if "prefix" in query else ()
        return [Check(f"s3:{_BUCKET[recorded.method]}", arn, context)]
    read = _READS[setting]
    changed = _CHANGES.get((recorded.method, setting), read.replace("Get", "Put", 1))
    return [Check(f"s3:{read if recorded.method == 'GET' else changed}", arn)]


def _deleted(body: bytes) -> list[tuple[str, str]]:
    """Return each object that a request deletes: the right that it takes, and its key."""
    found = [each for each in ET.fromstring(body).iter() if each.tag.endswith("Object")]  # noqa: S314 - Terraform's own
    parts = [{part.tag.rpartition("}")[2]: part.text or "" for part in each} for each in found]
    return [("DeleteObjectVersion" if "VersionId" in each else "DeleteObject", each["Key"]) for each in parts]
