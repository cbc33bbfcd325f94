"""`heliograph doctor`: each line ok, warn or missing, with what to do; exit code 1 where anything is missing."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from heliograph_cli import doctor, doctor_machine
from heliograph_cli.commands import Exit
from heliograph_cli.doctor_machine import (
    Diagnosis,
    look,
    packages_line,
    python_line,
    room_line,
    tool_line,
    zips_line,
)
from heliograph_cli.doctor_stack import (
    api_line,
    check_account,
    concurrency_line,
    dead_letters_line,
    function_line,
    last_file_line,
    wanted_at_once,
)
from heliograph_cli.target import Target
from unit.command.conftest import Call, MakeServer
from unit.command.test_mistakes import cloud


def lines_of(out: str) -> dict[str, Any]:
    """Read the lines of JSON, by what each is about."""
    return {line["what"]: line for line in map(json.loads, out.splitlines())}


def test_a_machine_without_a_stack_is_no_fault(call: Call, tmp_path: Path) -> None:
    """Nothing runs: a warning with what to say, and exit code 0."""
    said = call("doctor", "--json", "--state-dir", tmp_path)
    assert said.code == Exit.DONE
    found = lines_of(said.out)
    assert found["Python"]["state"] == found["packages"]["state"] == found["free port"]["state"] == "ok"
    assert found["local stack"] == {
        "what": "local stack",
        "state": "warn",
        "found": f"nothing runs on {tmp_path}",
        "do": "start it with `heliograph up`",
    }


def test_what_is_missing_ends_with_1(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for people says what to do; the count stands on standard error."""
    monkeypatch.setattr(doctor, "check_machine", lambda _: [python_line((3, 10, 1))])
    said = call("doctor", "--state-dir", tmp_path)
    assert said.code == Exit.FAILED
    assert "missing  Python" in said.out
    assert "make PYTHON=python3.11 setup" in said.out
    assert "0 ok, 1 to look at, 1 missing" in said.err


def test_a_package_that_isn_t_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that all commands need is missing; one of an extra is worth a warning."""
    monkeypatch.setattr(doctor_machine, "_version", lambda _: None)
    base, charts = packages_line("packages", None, "do"), packages_line("charts", "charts", "do")
    assert base.state == "missing"
    assert "msgspec" in base.found
    assert "altair" not in base.found
    assert (charts.state, "altair" in charts.found) == ("warn", True)


def test_tools_zips_and_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool may be absent; zips that aren't built are worth a warning; a full disk is a fault."""
    assert tool_line("x", ("no-such-tool",), "`make deploy`").found == "not installed; only `make deploy` would need it"
    assert zips_line(tmp_path).do == "for `heliograph up`: `make build BUILD=local`"
    assert room_line(tmp_path / "not" / "yet").state == "ok"
    monkeypatch.setattr(doctor_machine, "_ROOM_BYTES", 1 << 62)
    assert room_line(tmp_path).do == "make room, or name another folder by --state-dir"


def test_dead_letters_and_files() -> None:
    """Dead letters come with the commands that show and redrive them, by queue; so does a feed that is silent."""
    assert dead_letters_line("a", "ingest", 0) == Diagnosis("a", "ok", "none")
    assert dead_letters_line("a", "ingest", 2).do == "see `heliograph dlq list`, then `heliograph dlq redrive --all`"
    assert "dlq list --queue watch`" in dead_letters_line("a", "watch", 2).do
    assert last_file_line("2026-11-22T12:00:00Z").state == "ok"
    assert last_file_line("").state == "warn"


@pytest.mark.parametrize(
    ("configuration", "state"), [({"State": "Failed"}, "missing"), ({"State": "Active"}, "ok"), ({}, "ok")]
)
def test_a_lambda_that_is_not_active_is_missing(configuration: dict[str, str], state: str) -> None:
    """AWS calls the state of a function `State`; one that failed is named with what to say."""
    functions = SimpleNamespace(get_function=lambda **_: {"Configuration": configuration})
    line = function_line("watch", cast("Any", SimpleNamespace(functions=functions)), "heliograph-watch")
    assert line.state == state
    assert ("heliograph-watch is Failed" in line.found) == (state == "missing")


def test_an_api_that_doesn_t_answer(make_server: MakeServer) -> None:
    """Away, broken or well: each is said."""
    assert api_line("http://127.0.0.1:9").found.startswith("http://127.0.0.1:9/health can't be reached: ")
    assert api_line(make_server(lambda *_: (500, {}, b"")).url).do.startswith("see engine.log in the state")
    assert api_line(make_server(lambda *_: (200, {}, b"{}")).url).state == "ok"


def test_a_look_that_fails_says_what_to_do() -> None:
    """A user's trouble becomes a line; our own faults don't hide."""

    def denied(_what: str) -> Diagnosis:
        raise PermissionError(13, "Permission denied", "x")

    assert look("it", denied) == Diagnosis("it", "missing", "x can't be used: Permission denied")

    def broken(_what: str) -> Diagnosis:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        look("it", broken)


def aws(*, denied: str = "") -> Callable[..., tuple[int, dict[str, str], bytes]]:
    """Return an AWS that answers each call the doctor makes, and an API beside it; `denied` names a call it denies."""
    answers = {
        "DescribeTable": {"Table": {"TableStatus": "ACTIVE"}},
        "Query": {"Items": [], "Count": 0, "ScannedCount": 0},
        "GetQueueAttributes": {
            "Attributes": dict.fromkeys(("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"), "3")
        },
    }
    identity = (
        "<GetCallerIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><GetCallerIdentityResult>"
        "<Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>x</UserId><Account>123456789012</Account>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )

    def answer(_method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        called = headers.get("X-Amz-Target", "").rpartition(".")[2]
        if path == "/health":
            return 200, {}, b"{}"
        if called and called == denied:
            return 400, {}, b'{"__type": "x#AccessDeniedException", "message": "not authorized"}'
        if called:
            return 200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(answers[called]).encode()
        return 200, {"Content-Type": "text/xml"}, identity.encode() if body else b""

    return answer


def test_an_account_is_looked_at_whole(monkeypatch: pytest.MonkeyPatch, make_server: MakeServer, call: Call) -> None:
    """Who one is, where, each part of the stack, dead letters of both queues, and when the last file landed."""
    server = make_server(aws())
    cloud(monkeypatch, server.url)
    monkeypatch.setenv("HELIOGRAPH_API", server.url)
    found = lines_of(call("doctor", "--json").out)
    assert found["credentials"]["state"] == found["region"]["state"] == found["stack's names"]["state"] == "ok"
    assert "arn:aws:iam::123456789012:user/me" in found["identity"]["found"]
    assert found["API"]["do"] == "that is for trials: set api_auth to iam or jwt"
    assert {found[f"{role} table"]["state"] for role in ("readings", "sites", "ingestions", "incidents")} == {"ok"}
    assert found["bucket"]["state"] == "ok"
    assert (found["ingest dlq"]["found"], found["watch dlq"]["state"]) == ("6", "warn")
    assert found["last file"]["state"] == "warn"


def test_what_is_denied_is_one_line_of_many(
    monkeypatch: pytest.MonkeyPatch, make_server: MakeServer, call: Call
) -> None:
    """A permission that is missing is named, and the other parts are evaluated all the same."""
    server = make_server(aws(denied="DescribeTable"))
    cloud(monkeypatch, server.url)
    monkeypatch.setenv("HELIOGRAPH_API", "http://127.0.0.1:9")
    said = call("doctor", "--json")
    found = lines_of(said.out)
    assert said.code == Exit.FAILED
    assert found["sites table"]["do"] == "ask for that permission"
    assert "can't be reached" in found["API"]["found"]
    assert found["ingest queue"]["state"] == "ok"


def test_an_account_without_credentials_or_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What needs them isn't tried; the lines say how to get them."""
    cloud(monkeypatch)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    lines = check_account({"HELIOGRAPH_BUCKET": "b"})
    assert [line.state for line in lines] == ["missing"] * 3
    assert "HELIOGRAPH_READINGS_TABLE" in lines[2].found
    assert "make outputs" in lines[2].do


def test_what_the_queues_start_at_once_is_counted() -> None:
    """Of the account's event sources those of the stack's two queues count, each with its own bound."""
    target = Target(
        **dict.fromkeys(("bucket", "readings_table", "sites_table", "ingestions_table", "incidents_table", "api"), "x"),
        ingest_queue_url="https://sqs.example/123456789012/heliograph-prod-ingestion",
        dead_letter_queue_url="https://sqs.example/123456789012/heliograph-prod-dead",
        watch_queue_url="https://sqs.example/123456789012/heliograph-prod-watch",
    )
    sources = {"heliograph-prod-ingestion": 50, "heliograph-prod-watch": 20, "other": 900}
    mappings: list[dict[str, Any]] = [
        {"EventSourceArn": f"arn:aws:sqs:eu-west-1:123456789012:{name}", "ScalingConfig": {"MaximumConcurrency": most}}
        for name, most in sources.items()
    ]
    assert wanted_at_once([*mappings, {"EventSourceArn": "arn:aws:kinesis:eu-west-1:1:stream/x"}], target) == 70


@pytest.mark.parametrize(("limit", "state"), [(1000, "ok"), (10, "warn")])
def test_a_new_account_s_small_limit_is_told(limit: int, state: str) -> None:
    """AWS gives new accounts ten Lambdas at once: the line says both numbers, and what to set or ask for."""
    mapping = {"EventSourceArn": "arn:aws:sqs:eu-west-1:1:ingestion", "ScalingConfig": {"MaximumConcurrency": 50}}
    functions = SimpleNamespace(
        get_account_settings=lambda: {"AccountLimit": {"ConcurrentExecutions": limit}},
        get_paginator=lambda _: SimpleNamespace(paginate=lambda: [{"EventSourceMappings": [mapping]}]),
    )
    target = SimpleNamespace(ingest_queue_url="https://sqs/1/ingestion", watch_queue_url="https://sqs/1/watch")
    session = SimpleNamespace(create_client=lambda _: functions)
    line = concurrency_line("concurrency", cast("Any", session), cast("Any", target))
    assert line.state == state
    assert f"up to 50 Lambdas at once; the account lets {limit} run" in line.found
    assert ("processor_concurrency" in line.do) == (state == "warn")
