"""What is made before Lambda takes its snapshot of the API."""

import os
import subprocess
import sys
from typing import Final

import pytest

from lambda_api.wiring import ApiSettings

_SHOW: Final = (
    "from lambda_api.handler import adapter; from lambda_api.static_files import dashboard, swagger_ui; "
    "print(*(each.cache_info().currsize for each in (adapter, dashboard, swagger_ui)))"
)


@pytest.mark.parametrize(("kind", "made"), [("snap-start", "1 0 0"), ("on-demand", "0 0 0")])
def test_the_api_is_in_the_snapshot(kind: str, made: str) -> None:
    """Where a snapshot is taken the API is made before it; elsewhere importing the handler opens nothing.

    The pages' files are read when a browser first asks for one, so that no other answer waits for them.
    """
    settings = {f"HELIOGRAPH_{name.upper()}": "x" for name in ApiSettings.__struct_fields__ if not name.endswith("s")}
    settings["HELIOGRAPH_API_ANYONE"] = "viewer"
    needed = {**settings, "AWS_LAMBDA_INITIALIZATION_TYPE": kind, "AWS_REGION": "eu-west-1"}
    needed |= {"AWS_DEFAULT_REGION": "eu-west-1", "PYTHONPATH": os.pathsep.join(sys.path)}
    shown = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", _SHOW], env=needed, capture_output=True, text=True, check=False
    )
    assert (shown.stdout.strip(), shown.returncode) == (made, 0), shown.stderr
