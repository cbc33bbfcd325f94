"""Before anything is destroyed, what refuses to be deleted is named."""

import io
import json
from typing import Any

import pytest

import protected


def resource(kind: str, name: str, **values: object) -> dict[str, Any]:
    """Return a resource as `terraform show -json` prints it."""
    return {"address": f"{kind}.{name}", "type": kind, "mode": "managed", "values": values}


def state(*found: dict[str, Any], within: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return a state with some resources at its root, and some in a module."""
    return {"values": {"root_module": {"resources": [*found], "child_modules": [{"resources": within or []}]}}}


def run(monkeypatch: pytest.MonkeyPatch, shown: dict[str, Any]) -> int:
    """Hand a state over as the Makefile does."""
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(shown)))
    return protected.main()


def test_protected_tables_and_buckets_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It fails, names each wherever it stands, and says what to do; those that may go aren't named."""
    table = resource("aws_dynamodb_table", "kept", deletion_protection_enabled=True)
    bucket = resource("aws_s3_bucket", "kept", force_destroy=False)
    loose = resource("aws_dynamodb_table", "loose", deletion_protection_enabled=False)
    assert run(monkeypatch, state(bucket, loose, within=[table])) == 1
    said = capsys.readouterr().err
    assert "aws_dynamodb_table.kept, aws_s3_bucket.kept" in said
    assert "loose" not in said
    assert "deletion_protection = false" in said


@pytest.mark.parametrize(
    "shown", [{}, state(), state(resource("aws_dynamodb_table", "t", deletion_protection_enabled=False))]
)
def test_what_is_not_protected_may_go(monkeypatch: pytest.MonkeyPatch, shown: dict[str, Any]) -> None:
    """An empty state, and one where nothing is protected, are no reason to stop."""
    assert run(monkeypatch, shown) == 0
