"""The smoke test of deployments, against the running stack."""

import pytest

import smoke
from heliograph_cli.env import variables_of
from local_stack import Stack


@pytest.fixture
def environment(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What a deployment tells the smoke test; botocore's own words go where botocore reads them."""
    for name, value in variables_of(stack).items():
        monkeypatch.setenv(name, value)
    return {"HELIOGRAPH_BUCKET": stack.raw_bucket, "HELIOGRAPH_API": stack.api}


def test_a_landed_reading_is_served(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """It lands a reading, sees it at the API, and says so."""
    assert smoke.main(environment) == 0
    assert "was landed, and served" in capsys.readouterr().out


def test_one_that_is_not_served_fails(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody answers, or nothing comes of it in time, it fails and says what it last saw."""
    nobody = {**environment, "HELIOGRAPH_API": "http://127.0.0.1:9", "HELIOGRAPH_WAIT": "0"}
    assert smoke.main(nobody) == 1
    assert "http://127.0.0.1:9/readings/smoke-test" in capsys.readouterr().err


def test_a_bucket_that_is_not_there_fails(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Where it can't land a file it says what AWS said."""
    assert smoke.main({**environment, "HELIOGRAPH_BUCKET": "nobodys-bucket"}) == 1
    assert "NoSuchBucket" in capsys.readouterr().err
