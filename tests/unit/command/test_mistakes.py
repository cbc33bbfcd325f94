"""A user's mistakes: each is one line that says what to do next, with an exit code of its own, and no traceback."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, NoRegionError, ProfileNotFound

from heliograph_cli.commands import Exit
from heliograph_cli.failures import explain
from heliograph_cli.target import Target
from unit.command.conftest import Call, MakeServer

NEVER = "http://127.0.0.1:9"  # the discard port, where nothing listens


def cloud(monkeypatch: pytest.MonkeyPatch, endpoint: str = "") -> None:
    """Name a stack in the cloud, whole, with credentials."""
    for field in msgspec.structs.fields(Target):
        monkeypatch.setenv(f"HELIOGRAPH_{field.name.upper()}", "https://name.example")
    monkeypatch.setenv("HELIOGRAPH_BUCKET", "name")
    for name, value in {
        "ACCESS_KEY_ID": "AKIDEXAMPLE",
        "SECRET_ACCESS_KEY": "x",
        "DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)


@pytest.fixture
def workplace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in a folder with a folder, a good file and a broken one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken.json").write_text('[{"site_id": "a",')
    (tmp_path / "good.json").write_text("[]")


@pytest.fixture
def aws_says(monkeypatch: pytest.MonkeyPatch, make_server: MakeServer) -> Callable[[str], None]:
    """Makes an AWS that answers each call with an error."""

    def say(kind: str) -> None:
        answer = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", "message": "no"}).encode()
        cloud(monkeypatch, make_server(lambda *_: (400, {"Content-Type": "application/x-amz-json-1.0"}, answer)).url)

    return say


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["status"], Exit.UNREACHABLE, "start it with `heliograph up`"),
        (["incidents"], Exit.UNREACHABLE, "start it with `heliograph up`"),
        (["quarantine", "list"], Exit.UNREACHABLE, "start it with `heliograph up`"),
        (["dlq", "list", "--queue", "watch"], Exit.UNREACHABLE, "start it with `heliograph up`"),
        (["open", "--no-browser"], Exit.UNREACHABLE, "start it with `heliograph up`"),
        (["tail"], Exit.UNREACHABLE, "start it with `heliograph up`"),
        (["charts"], Exit.UNREACHABLE, "start it with `heliograph up`"),
        (["open", "--api", NEVER], Exit.UNREACHABLE, "can't be reached"),
        (["tail", "--api", NEVER], Exit.UNREACHABLE, "check the address and the network"),
        (["tail", "--api", "nowhere"], Exit.USAGE, "isn't an address like http://127.0.0.1:8000"),
        (["open", "--api", "https://me:secret@api.example"], Exit.USAGE, "address holds a password"),
        (["open", "--api", NEVER, "--auth", "jwt"], Exit.REFUSED, "set HELIOGRAPH_API_TOKEN"),
        (["tail", "--since", "yesterday"], Exit.USAGE, "--since: yesterday is neither 15m"),
        (["tail", "--since", "9d"], Exit.USAGE, "it begins a day ago at most"),
        (["incidents", "list", "--day", "2026-11-22"], Exit.USAGE, "--day goes with --state closed"),
        (["incidents", "list", "--state", "closed", "--day", "x"], Exit.USAGE, "--day: x isn't a date"),
        (["incidents", "list", "--site", "a b"], Exit.USAGE, "--site: site_id"),
        (["incidents", "show", "nonsense"], Exit.FAILED, "see `heliograph incidents list`"),
        (["sites", "load", "nowhere.json"], Exit.USAGE, "nowhere.json can't be read: No such file"),
        (["sites", "load", "folder"], Exit.USAGE, "folder can't be read: Is a directory"),
        (["sites", "load", "broken.json"], Exit.FAILED, "JSON"),
        (["check", "nowhere.json"], Exit.USAGE, "nowhere.json can't be read"),
        (["check", "broken.json"], Exit.FAILED, "broken.json: the file begins like"),
        (["check", "good.json", "--out", "no/such/folder"], Exit.USAGE, "can't be written"),
        (["simulate", "--until", "yesterday"], Exit.USAGE, "isn't an ISO 8601 date and time"),
        (["simulate", "--out", "good.json"], Exit.USAGE, "good.json"),
        (["replay", "submit/"], Exit.USAGE, "say raw/submit/"),
        (["replay", "--from", "today"], Exit.USAGE, "--from: "),
        (["dlq", "redrive"], Exit.USAGE, "name dead letters by id, or say --all"),
    ],
)
@pytest.mark.usefixtures("workplace")
def test_a_mistake_is_one_line_that_helps(arguments: list[str], code: Exit, says: str, call: Call) -> None:
    """What is wrong and what to do next, on standard error; nothing on standard output."""
    said = call(*arguments)
    assert (said.code, said.out) == (code, "")
    assert says in said.err
    assert "Traceback" not in said.err
    assert said.err.count("\n") == 1


def test_a_stack_in_the_cloud_is_named_whole(monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    """With HELIOGRAPH_BUCKET set, the other settings are asked for by name."""
    monkeypatch.setenv("HELIOGRAPH_BUCKET", "b")
    said = call("status")
    assert said.code == Exit.USAGE
    assert "HELIOGRAPH_READINGS_TABLE" in said.err


def test_the_watch_s_queues_are_asked_for_when_they_are_needed(monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    """A stack named without them works otherwise."""
    cloud(monkeypatch)
    monkeypatch.delenv("HELIOGRAPH_WATCH_QUEUE_URL")
    said = call("dlq", "list", "--queue", "watch")
    assert said.code == Exit.USAGE
    assert "set HELIOGRAPH_WATCH_QUEUE_URL" in said.err


@pytest.mark.parametrize(
    ("kind", "code", "says"),
    [
        ("AccessDeniedException", Exit.REFUSED, "ask for that permission"),
        ("UnrecognizedClientException", Exit.REFUSED, "set AWS_PROFILE, or sign in"),
        ("ResourceNotFoundException", Exit.UNREACHABLE, "take the names anew from the stack"),
        ("ValidationException", Exit.FAILED, "AWS refuses"),
    ],
)
def test_what_aws_refuses_says_what_to_do(
    kind: str, code: Exit, says: str, call: Call, aws_says: Callable[[str], None]
) -> None:
    """Credentials, permission, names: each has its own advice and its own exit code."""
    aws_says(kind)
    said = call("status")
    assert said.code == code
    assert says in said.err
    assert said.err.count("\n") == 1


def test_no_credentials_are_asked_for(monkeypatch: pytest.MonkeyPatch, call: Call, tmp_path: Path) -> None:
    """Without any, the message says how to sign in."""
    cloud(monkeypatch)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    said = call("status")
    assert said.code == Exit.REFUSED
    assert "set AWS_PROFILE, or sign in" in said.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EndpointConnectionError(endpoint_url="https://x"), Exit.UNREACHABLE),
        (NoCredentialsError(), Exit.REFUSED),
        (NoRegionError(), Exit.USAGE),
        (ProfileNotFound(profile="mine"), Exit.USAGE),
        (PermissionError(13, "Permission denied", "out.json"), Exit.USAGE),
    ],
)
def test_each_error_has_its_code(error: Exception, code: Exit) -> None:
    """What AWS's library and the system raise ends with the code that says whose turn it is."""
    told = explain(error)
    assert told is not None
    assert told[0] == code


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    """Interrupted, a command says nothing and ends as a shell expects."""

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("heliograph_cli.status.find_target", interrupted)
    assert call("status") == (Exit.INTERRUPTED, "", "")


def test_a_fault_of_our_own_stays_a_traceback() -> None:
    """Only what a user can fix is put into words."""
    assert explain(ZeroDivisionError()) is None
    assert explain(OSError()) is None
