#!/usr/bin/env python3
"""Say what of a stack refuses to be deleted, and fail where anything does: `terraform show -json | protected.py`.

Terraform meets a protected table only after it has removed much of what stands around it; asked first, it removes
nothing.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

_ADVICE = "set deletion_protection = false, deploy once more, and then destroy"


def main() -> int:
    """Read the state and say what is protected; return the exit status."""
    found = sorted(protected(json.load(sys.stdin)))
    if found:
        sys.stderr.write(f"these refuse to be deleted: {', '.join(found)}; {_ADVICE}\n")
    return 1 if found else 0


def protected(state: dict[str, Any]) -> Iterator[str]:
    """Yield the address of each table and bucket that is protected."""
    for resource in resources(state.get("values", {}).get("root_module", {})):
        values = resource["values"]
        if resource["type"] == "aws_dynamodb_table" and values["deletion_protection_enabled"]:
            yield resource["address"]
        if resource["type"] == "aws_s3_bucket" and not values["force_destroy"]:
            yield resource["address"]


def resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the resources of a module and of those within it."""
    yield from (each for each in module.get("resources", []) if each["mode"] == "managed")
    for child in module.get("child_modules", []):
        yield from resources(child)


if __name__ == "__main__":
    sys.exit(main())
