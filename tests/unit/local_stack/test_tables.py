"""Tables in another DynamoDB: whose they are, and when everything in S3 is to be done again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from botocore.exceptions import EndpointConnectionError

from heliograph.storage.clients import Clients
from heliograph_cli.env import variables_of
from local_stack.clients import LocalClients
from local_stack.resources import REGION, TABLE_NAMES, resources
from local_stack.stack import Place, Stack, StackError, StackOptions
from local_stack.state_folder import StateFolder
from local_stack.tables import Tables, address_of

ELSEWHERE = "http://127.0.0.1:8000"


class FakeDynamo:
    """A DynamoDB that knows only its tables' names."""

    exceptions = SimpleNamespace(ResourceInUseException=KeyError)

    def __init__(self) -> None:
        """Begin empty."""
        self.names: set[str] = set()
        self.answers = True

    def get_paginator(self, _operation: str) -> "FakeDynamo":
        """Return what lists the tables."""
        return self

    def paginate(self) -> Iterator[dict[str, Any]]:
        """List the tables, one a page."""
        if not self.answers:
            raise EndpointConnectionError(endpoint_url=ELSEWHERE)
        yield from ({"TableNames": [name]} for name in self.names)

    def create_table(self, **wanted: Any) -> None:  # noqa: ANN401 - DynamoDB's own parameters
        """Make a table."""
        self.names.add(wanted["TableName"])

    def describe_table(self, TableName: str) -> Any:  # noqa: ANN401, N803 - DynamoDB's own
        """Return a table's keys."""
        raise NotImplementedError(TableName)


Begin = Callable[[str | None], Tables]


@pytest.fixture
def other() -> FakeDynamo:
    """The other DynamoDB, empty."""
    return FakeDynamo()


@pytest.fixture
def begin(tmp_path: Path, other: FakeDynamo) -> Begin:
    """Gives the tables of one start on the same folder, after which they are all made."""

    def begun(address: str | None) -> Tables:
        tables = Tables(StateFolder(tmp_path), other, address)  # type: ignore[arg-type]
        if address:
            other.names |= set(TABLE_NAMES.values())
        return tables

    return begun


def test_the_embedded_tables_are_whole_unless_others_were_used(tmp_path: Path, begin: Begin) -> None:
    """Who never names another DynamoDB has nothing done again, and no file more."""
    tables = begin(None)
    tables.note_whole()
    assert not tables.behind
    assert not list(tmp_path.iterdir())


def test_each_change_of_place_does_everything_again_once(begin: Begin) -> None:
    """There and back again: behind at the first start in a place, and whole from the second on."""
    found = []
    for address in (ELSEWHERE, ELSEWHERE, None, None, ELSEWHERE, ELSEWHERE):
        tables = begin(address)
        found.append(tables.behind)
        tables.note_whole()
    assert found == [True, False, True, False, True, False]


def test_what_was_begun_and_not_finished_is_begun_again(begin: Begin) -> None:
    """A start that ended before all was sent again doesn't count, there or here."""
    assert begin(ELSEWHERE).behind
    assert begin(ELSEWHERE).behind
    assert begin(None).behind
    assert begin(None).behind


@pytest.mark.parametrize("lost", [*TABLE_NAMES.values(), "all of them"])
def test_tables_that_are_gone_are_made_and_filled_anew(begin: Begin, other: FakeDynamo, lost: str) -> None:
    """A DynamoDB in memory that was started again is empty; and one table alone may be missing, too."""
    begin(ELSEWHERE).note_whole()
    if lost in other.names:
        other.names.remove(lost)
    else:
        other.names.clear()
    assert begin(ELSEWHERE).behind


def test_the_tables_of_another_folder_are_left_alone(tmp_path: Path, begin: Begin, other: FakeDynamo) -> None:
    """Two folders at one DynamoDB would mix their readings; the second one is refused, and nothing is made for it."""
    begin(ELSEWHERE).note_whole()
    (tmp_path / "second").mkdir()
    before = set(other.names)
    with pytest.raises(StackError, match="of another state folder: name that folder"):
        Tables(StateFolder(tmp_path / "second"), other, ELSEWHERE)  # type: ignore[arg-type]
    assert other.names == before


def test_where_no_dynamodb_answers_it_is_said(begin: Begin, other: FakeDynamo) -> None:
    """The message names the address and both ways out."""
    other.answers = False
    with pytest.raises(StackError, match=f"no DynamoDB takes the tables at {ELSEWHERE}.*without --dynamodb"):
        begin(ELSEWHERE)


def test_an_address_is_one_of_http() -> None:
    """What is no address is refused; the engine's own, and none, mean the embedded AWS's tables."""
    assert address_of(f"{ELSEWHERE}/", "http://127.0.0.1:1") == ELSEWHERE
    assert address_of("http://127.0.0.1:1/", "http://127.0.0.1:1") is None
    assert address_of(None, "") is None
    assert address_of("", "") is None
    for wrong in ("127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://127.0.0.1:port"):
        with pytest.raises(StackError, match="is no address of a DynamoDB"):
            address_of(wrong, "")


def test_only_what_calls_dynamodb_goes_there() -> None:
    """The stack's clients and every Lambda are told of the other DynamoDB; all else stays at the embedded AWS."""
    aws = LocalClients("http://127.0.0.1:1", REGION, "made-up", ELSEWHERE)
    assert aws.dynamodb().meta.endpoint_url == ELSEWHERE
    assert aws.s3().meta.endpoint_url == "http://127.0.0.1:1"
    place = Place("http://127.0.0.1:1", REGION, "000000000000")
    for options, told in ((ELSEWHERE, ELSEWHERE), (None, None)):
        wanted = resources(StackOptions(state_dir=Path(), zips=Path(), dynamodb=options), place)
        assert {each.environment.get("AWS_ENDPOINT_URL_DYNAMODB") for each in wanted.functions} == {told}


def test_a_lambda_sends_all_its_calls_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """What botocore reads from the environment is where the short way goes, too."""
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_DYNAMODB": ELSEWHERE,
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_DEFAULT_REGION": REGION,
        "NO_PROXY": "*",
    }.items():
        monkeypatch.setenv(name, value)
    client: Any = Clients().dynamodb()
    assert client.meta.endpoint_url == ELSEWHERE
    assert client._url == f"{ELSEWHERE}/"


def test_tools_are_told_where_the_tables_are(tmp_path: Path) -> None:
    """`heliograph env` names the other DynamoDB where there is one, and only there."""
    (tmp_path / "secret").write_text("made-up")
    named = {name: name for name in Stack.__struct_fields__} | {"secret_file": str(tmp_path / "secret")}
    away = msgspec.convert({**named, "pid": 1, "dynamodb": ELSEWHERE}, Stack)
    home = msgspec.convert({**named, "pid": 1, "dynamodb": "endpoint"}, Stack)
    assert variables_of(away)["AWS_ENDPOINT_URL_DYNAMODB"] == ELSEWHERE
    assert "AWS_ENDPOINT_URL_DYNAMODB" not in variables_of(home)
