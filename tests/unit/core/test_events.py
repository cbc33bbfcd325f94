"""S3 events in queue messages: which raw objects they name."""

import json
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.events import Landed, NotAnEvent, event_of, landed_objects


def event(key: str, name: str = "ObjectCreated:Put", **of_object: object) -> str:
    """Write an event as S3 does."""
    record = {
        "eventName": name,
        "eventTime": "2026-01-01T00:00:00.123Z",
        "s3": {"bucket": {"name": "b"}, "object": {"key": quote_plus(key), "size": 3, **of_object}},
    }
    return json.dumps({"Records": [record]})


def test_an_event_names_key_version_and_time() -> None:
    """The object's version is taken where the bucket has versions; `null` means it has none."""
    assert landed_objects(event("raw/a.json", versionId="v1")) == [
        Landed("raw/a.json", "v1", "2026-01-01T00:00:00.123Z")
    ]
    assert landed_objects(event("raw/a.json"))[0].version == ""
    assert landed_objects(event("raw/a.json", versionId="null"))[0].version == ""


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_keys_survive_s3s_encoding(name: str) -> None:
    """Spaces, plus signs, percents and Unicode in a key come back as they were."""
    assert landed_objects(event(f"raw/{name}"))[0].key == f"raw/{name}"


@pytest.mark.parametrize(
    "message",
    [
        event("raw/a", "ObjectRemoved:DeleteMarkerCreated"),
        event("raw/a", "ObjectRestore:Completed"),
        event("quarantine/a"),
        json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}),
        json.dumps({"Records": []}),
    ],
)
def test_other_events_name_nothing(message: str) -> None:
    """Deletions, test events and other prefixes are passed over without failing."""
    assert landed_objects(message) == []


@pytest.mark.parametrize(
    "message", ['{"a":' * 2000, "", "hello", "[]", "{}", '{"Records": 5}', '{"Records": [{"eventName": "x"}]}']
)
def test_what_is_no_event_fails(message: str) -> None:
    """A message that isn't an S3 event fails, so that it ends in the dead-letter queue and not in silence."""
    with pytest.raises(NotAnEvent):
        landed_objects(message)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), st.sampled_from(["", "v1"]))
def test_an_event_written_here_names_its_object(name: str, version: str) -> None:
    """What is sent for processing again is read as what S3 sends."""
    landed = Landed(f"raw/{name}", version, "2026-01-01T00:00:00Z")
    assert landed_objects(event_of("b", landed)) == [landed]
