"""Queries decoded from their body are what botocore's own parser would have given, page by page, errors included."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import botocore.session
import msgspec
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError

from fakes.botocore_answers import answer_of, hook_of
from heliograph.checks.flag import Flag
from heliograph.history import Assessed, History, Provenance, Version
from heliograph.reading import end_of, text_of
from heliograph.storage.evaluations import DynamoSiteParts, DynamoWindows
from heliograph.storage.reading_items import READING_CODEC, item_of

START = end_of("2026-11-22T00:05:00Z")
NEGATIVE = Flag("negative", Decimal("-1.50"), Decimal("-0.0000001"), "kWh", "warning", 'the "meter" runs\nbackwards')
STALE = Flag("stale", Decimal(7), Decimal(6), "readings", "critical", "eine Störung — seit 6 Werten")


class Canned:
    """A DynamoDB client whose answers are given; `asked` keeps the bodies of its requests."""

    def __init__(self, *answers: tuple[int, object]) -> None:
        """Answer with these statuses and bodies, in order."""
        session = botocore.session.Session()
        session.set_credentials("test", "test")
        self.client: Any = session.create_client("dynamodb", region_name="eu-west-1")
        self.client.meta.events.register("before-send.dynamodb", hook_of(self._answer))
        self.asked: list[dict[str, Any]] = []
        self._answers = list(answers)

    def _answer(self, request: AWSPreparedRequest) -> AWSResponse:
        assert isinstance(request.body, bytes)
        self.asked.append(json.loads(request.body))
        status, body = self._answers.pop(0)
        return answer_of(str(request.url), status, json.dumps(body).encode(), "application/x-amz-json-1.0")


def reading(place: int, flags: tuple[Flag, ...], watched: tuple[Flag, ...], merges: int) -> Assessed:
    """Return a stored reading."""
    provenance = Provenance("2026-11-22T12:00:00Z", "raw/a@1", place)
    version = Version(provenance, Decimal("1.234567890123456789012345"), Decimal(f"0.{place}"))
    return Assessed(History("a", text_of(START + place * 300), (version,), provenance), flags, merges, watched)


READINGS = [
    reading(1, (), (), 0),
    reading(2, (NEGATIVE,), (), 1),
    reading(3, (), (STALE,), 12),
    reading(4, (NEGATIVE, STALE), (STALE, NEGATIVE), 3),
]


def page(readings: Sequence[Assessed], more: bool) -> tuple[int, dict[str, Any]]:  # noqa: FBT001
    """Return a page as DynamoDB sends it."""
    items = [item_of(each, 1900000000) for each in readings]
    last = {"site_id": items[-1]["site_id"], "timestamp": items[-1]["timestamp"]}
    return 200, {"Items": items, "Count": len(items), **({"LastEvaluatedKey": last} if more else {})}


def test_a_window_is_what_the_slow_way_reads() -> None:
    """Energies with all digits, both kinds of flags and the count of changes, over two pages."""
    canned = Canned(page(READINGS[:2], more=True), page(READINGS[2:], more=False))
    windows = DynamoWindows(canned.client, "readings")
    kept = windows.read("a", START, START + 86400, consistent=True)
    slow = [READING_CODEC.read(item_of(each, 0)) for each in READINGS]
    assert [(each.timestamp, each.flags, each.watched, each.merges, each.anomaly) for each in kept] == [
        (each.history.timestamp, each.flags, each.watched, each.merges, each.anomaly) for each in slow
    ]
    assert [(each.generated_kwh, each.consumed_kwh) for each in kept] == [each.history.current.values for each in slow]
    assert [text_of(each.end) for each in kept] == [each.timestamp for each in kept]
    assert canned.asked[1]["ExclusiveStartKey"]["timestamp"] == {"S": READINGS[1].history.timestamp}
    assert [asked["ConsistentRead"] for asked in canned.asked] == [True, True]


def test_a_request_asks_for_what_is_used_only() -> None:
    """The projection leaves out what an evaluation doesn't need, such as the source."""
    canned = Canned(page(READINGS, more=False))
    DynamoWindows(canned.client, "readings").read("a", 0, 10, consistent=False)
    (asked,) = canned.asked
    wanted = {asked["ExpressionAttributeNames"][name] for name in asked["ProjectionExpression"].split(", ")}
    energies = {"energy_generated_kwh", "energy_consumed_kwh"}
    landings = {"landed_at", "inserted_by", "revisions"}
    said = {"interval_seconds", "quality", "partial", "registers"}
    assert wanted == energies | landings | said | {"timestamp", "flags", "watched", "aside", "merges"}
    assert asked["ExpressionAttributeValues"][":high"] == {"S": "1970-01-01T00:00:10Z"}


def test_an_error_is_botocore_s_own() -> None:
    """A refusal is parsed as ever and raised."""
    refusal = {"__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException", "Message": "no"}
    canned = Canned((400, refusal))
    windows = DynamoWindows(canned.client, "readings")
    with pytest.raises(ClientError, match="AccessDenied"):
        windows.read("a", 0, 10, consistent=False)


def test_a_site_never_looked_at_has_nothing_but_its_entry() -> None:
    """The parts of a site are told apart by their names; unknown sites have none."""
    item = {"site_id": {"S": "a"}, "part": {"S": "registry"}, "capacity_kw": {"N": "12.5"}, "slot": {"S": "07"}}
    canned = Canned((200, {"Items": [item], "Count": 1}), (200, {"Items": [], "Count": 0}))
    parts = DynamoSiteParts(canned.client, "sites")
    known = parts.read("a", "2026-11-20", consistent=False)
    assert known.site is not None
    assert (known.site.capacity_kw, known.reevaluation, known.days) == (12.5, None, [])
    assert parts.read("b", "2026-11-20", consistent=False) == msgspec.structs.replace(known, site=None)
