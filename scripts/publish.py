#!/usr/bin/env python3
"""Upload the Lambdas' zips to the artifacts bucket, and tell Terraform their names: `publish.py BUCKET ENVIRONMENT`.

A zip's key is its SHA-256, so the same bytes are uploaded once, and Terraform changes a function exactly when its code
changes. It lies below the environment's name, where this environment's role alone may write. The names go to
terraform/packages.auto.tfvars.json.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from heliograph.storage.clients import Clients
from lambda_zips.recipe import RECIPES, ROOT

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_PACKAGES: Final = ROOT / "terraform" / "packages.auto.tfvars.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Upload every zip and write the file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bucket", help="the artifacts bucket that terraform/bootstrap made")
    parser.add_argument("environment", help="the environment that is deployed to, such as prod")
    parser.add_argument("--zips", type=Path, default=ROOT / "build" / "aws", help="folder with the zips")
    parser.add_argument("--names-only", action="store_true", help="upload nothing, for a plan that is only looked at")
    asked = parser.parse_args(arguments)
    s3 = None if asked.names_only else Clients().s3()
    try:
        keys = {
            recipe.name: publish(asked.zips / f"{recipe.name}.zip", asked.bucket, asked.environment, s3)
            for recipe in RECIPES
        }
    except FileNotFoundError as error:
        sys.stderr.write(f"{error.filename} isn't there; run `make build` first\n")
        return 1
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"AWS refused or can't be reached: {error}\n")
        return 1
    _PACKAGES.write_text(json.dumps({"artifacts_bucket": asked.bucket, "packages": keys}, indent=2) + "\n")
    sys.stdout.write("".join(f"s3://{asked.bucket}/{key}\n" for key in keys.values()))
    return 0


def publish(path: Path, bucket: str, environment: str, s3: "S3Client | None") -> str:
    """Upload a zip under its environment and its hash, unless it is there or there is no client; return its key."""
    body = path.read_bytes()
    key = f"{environment}/{path.stem}/{hashlib.sha256(body).hexdigest()}.zip"
    if s3 is not None and not s3.list_objects_v2(Bucket=bucket, Prefix=key).get("KeyCount"):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    return key


if __name__ == "__main__":
    sys.exit(main())
