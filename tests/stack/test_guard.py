"""Who reaches the running stack: people's own AWS tools with `heliograph env`, the Lambdas, and nobody else."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import boto3
import httpx2
import pytest
from botocore.client import Config
from botocore.exceptions import ClientError

from chaos.workers import workers
from heliograph_cli.env import variables_of
from linux import linux
from stack.harness import Harness, reading

AWS = Path(sys.executable).with_name("aws")


@pytest.fixture
def environment(harness: Harness) -> dict[str, str]:
    """What a shell has after `eval "$(heliograph env)"`, without anything of the person's own cloud."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **kept,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **variables_of(harness.stack),
    }


def typed(words: list[str], environment: Mapping[str, str], expect: int = 0) -> str:
    """Run a command and return what it printed; fail where it ends otherwise than expected."""
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own words
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_heliograph_env_is_for_a_shell_and_for_programs(harness: Harness) -> None:
    """It prints exports that a shell reads, and with --json the same as JSON."""
    folder = str(Path(harness.stack.secret_file).parent)
    command = [str(Path(sys.executable).with_name("heliograph")), "env", "--state-dir", folder]
    printed = typed(["/bin/sh", "-c", 'eval "$("$@")"; env', "sh", *command], {"PATH": os.defpath})
    wanted = variables_of(harness.stack)
    assert set(printed.splitlines()) >= {f"{name}={value}" for name, value in wanted.items()}
    assert json.loads(typed([*command, "--json"], {"PATH": os.defpath})) == wanted


def test_the_aws_cli_uploads_and_boto3_reads(harness: Harness, environment: dict[str, str], tmp_path: Path) -> None:
    """A file that `aws s3 cp` uploads, whole or in parts, boto3 reads, by its key and by a presigned address."""
    body = os.urandom(9 * 2**20)  # over 8 MB the AWS CLI uploads in parts
    (tmp_path / "big").write_bytes(body)
    key = f"uploads/{harness.name('a file')} ü+&.bin"
    typed([str(AWS), "s3", "cp", str(tmp_path / "big"), f"s3://{harness.stack.raw_bucket}/{key}"], environment)
    keys = (environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    session = boto3.Session(*keys, region_name=environment["AWS_REGION"])
    v4 = Config(signature_version="s3v4")
    s3 = session.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL"], config=v4)
    asked = {"Bucket": harness.stack.raw_bucket, "Key": key}
    assert s3.get_object(**asked)["Body"].read() == body
    assert httpx2.get(s3.generate_presigned_url("get_object", asked), trust_env=False).content == body


@pytest.mark.parametrize(
    ("service", "ask"),
    [("s3", "list_buckets"), ("lambda", "list_functions"), ("sns", "list_topics"), ("dynamodb", "list_tables")],
)
def test_other_keys_are_refused_with_what_to_do(harness: Harness, service: str, ask: str) -> None:
    """With the keys that an engine takes by itself, an SDK says which to use, whatever the service's protocol."""
    made = boto3.Session("test", "test", region_name=harness.stack.region)
    with pytest.raises(ClientError, match="`heliograph env` prints the credentials"):
        getattr(made.client(service, endpoint_url=harness.stack.endpoint), ask)()


def test_curl_writes_with_a_signature(harness: Harness, environment: dict[str, str]) -> None:
    """A program that writes to the API signs; without, it is refused with what to do. Reading is free."""
    body = json.dumps([reading(harness.name("curl"), "2026-06-01T12:00:00Z")])
    words = ["curl", "--silent", "--fail-with-body", "--json", body, f"{harness.stack.api}/readings"]
    keys = f"{environment['AWS_ACCESS_KEY_ID']}:{environment['AWS_SECRET_ACCESS_KEY']}"
    signing = ["--aws-sigv4", f"aws:amz:{harness.stack.region}:execute-api", "--user", keys]
    assert "status" in json.loads(typed([*words, *signing], environment))
    assert "`heliograph env` prints the credentials" in typed(words, environment, expect=22)
    assert "ok" in typed(["curl", "--silent", "--fail-with-body", f"{harness.stack.api}/health"], environment)


@linux
def test_the_secret_is_its_users_alone(harness: Harness) -> None:
    """Nobody else of this machine reads it: not in the folder, and not in what a process list shows."""
    secret = Path(harness.stack.secret_file)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
    assert secret.read_text() not in (secret.parent / "stack.json").read_text()
    assert secret.read_text() not in Path(f"/proc/{harness.stack.pid}/cmdline").read_text()


@linux
def test_the_lambdas_carry_the_runs_key(harness: Harness) -> None:
    """They call AWS as the account, with the run's secret."""
    harness.http.get("health")
    (worker, *_) = workers(harness.stack.pid, harness.stack.api_function)
    found = dict(pair.split("=", 1) for pair in Path(f"/proc/{worker}/environ").read_text().split("\0") if pair)
    wanted = variables_of(harness.stack)
    assert all(found[name] == wanted[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
