#!/usr/bin/env python3
"""Delete a function's old versions, each with a snapshot that is paid for: `prune_versions.py FUNCTION`.

Every deployment publishes a version, and AWS keeps it, and its SnapStart snapshot, until somebody deletes it. What an
alias points at stays, and the newest other one that works, to go back to. A version whose start failed goes. A function
without versions has nothing to delete.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

_KEPT: Final = 1
_NEWEST: Final = "$LATEST"
_FAILED: Final = "Failed"  # botocore's model of Lambda, State


def main(arguments: Sequence[str] | None = None) -> int:
    """Delete, and say what was deleted; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("function", help="its name, such as heliograph-prod-api")
    function = parser.parse_args(arguments).function
    try:
        deleted = prune(cast("LambdaClient", get_session().create_client("lambda")), function)
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"old versions of {function} stay: {error}\n")
        return 1
    sys.stdout.write(f"{function}: {len(deleted)} old versions deleted {' '.join(deleted)}\n")
    return 0


def prune(functions: "LambdaClient", function: str) -> list[str]:
    """Delete the versions that no alias needs, but for the newest one that works; return those deleted, oldest first.

    A version that failed to start can't be gone back to, so it never stands for one that can.
    """
    aliases = functions.get_paginator("list_aliases").paginate(FunctionName=function)
    versions = functions.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    needed = {version for page in aliases for alias in page["Aliases"] for version in _pointed_at(alias)}
    works = {each["Version"]: each.get("State") != _FAILED for page in versions for each in page["Versions"]}
    old = sorted(works.keys() - needed - {_NEWEST}, key=int)
    stay = [version for version in old if works[version]][-_KEPT:]
    deleted = [version for version in old if version not in stay]
    for version in deleted:
        functions.delete_function(FunctionName=function, Qualifier=version)
    return deleted


def _pointed_at(alias: object) -> list[str]:
    """Return the versions that an alias sends calls to: its own, and those of a gradual change."""
    fields: dict[str, object] = dict(alias) if isinstance(alias, dict) else {}
    routing = fields.get("RoutingConfig")
    weights = routing.get("AdditionalVersionWeights", {}) if isinstance(routing, dict) else {}
    return [str(fields["FunctionVersion"]), *weights]


if __name__ == "__main__":
    sys.exit(main())
