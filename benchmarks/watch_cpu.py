"""How much CPU an evaluation of one site takes: 576 readings, the 48 hours of a site with a 5-minute interval.

DynamoDB's answers are bodies as it sends them, handed to the Lambda's own client, fast path and all, as if they had
come over the network; all from there on is what the Lambda does: decode, look, compare. `bar` counts decoding, looking,
summing up and comparing; `whole` counts an evaluation by the watcher, with the signing of its two queries, where
the two days were packed some hours ago and the rest is read.

Run it as `python benchmarks/watch_cpu.py`. Exit code 1 says that the median is over the bar.
"""

import argparse
import json
import math
import random
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterable
from contextlib import suppress
from decimal import Decimal
from statistics import median, quantiles
from types import SimpleNamespace
from typing import Any, Final, cast

import botocore.session
import msgspec
from botocore.awsrequest import AWSResponse

from heliograph.evaluation.completing import Completing, Evaluated
from heliograph.evaluation.cycle import DueSite, Reevaluation
from heliograph.evaluation.evaluate import evaluate
from heliograph.evaluation.model import CONTEXT_SECONDS, Day, EvaluationResult, StoredReading
from heliograph.evaluation.recent import pack, two_days
from heliograph.history import Assessed, History, Provenance, Version
from heliograph.reading import end_of, text_of
from heliograph.series import delay_of, series_of
from heliograph.site import Site
from heliograph.storage.evaluations import WINDOW_CODEC, DynamoSiteParts, DynamoWindows
from heliograph.storage.fast_path import FastDynamo
from heliograph.storage.items import attributes
from heliograph.storage.neighbours import DynamoNeighbours
from heliograph.storage.pages import answers_of
from heliograph.storage.reading_items import item_of
from lambda_watch.ports import WatchStores
from lambda_watch.watcher import Watcher

BAR_MS: Final = 5.0
NOW: Final = end_of("2026-06-20T15:00:00Z")
STEP: Final = 300
DAY: Final = 86_400
LEARNED_DAYS: Final = 44
SITE: Final = Site("solar-0001", "solar", 250.0, 48.1, 11.6, "Europe/Berlin", 5)
# A Lambda of 1,024 MB has 1,024 / 1,769 of a processor, and waits about so long for each of its two calls.
_SHARE_OF_CPU: Final = 1024 / 1769
_WAITS_MS: Final = 2 * 8.0
_PACKED_SECONDS: Final = 4 * 3600
_SUNRISE, _NOON = 4.0, 12.0  # UTC hours


def readings(first: int, last: int) -> list[Assessed]:
    """Return stored readings of a plant under broken clouds."""
    stored = []
    for end in range(first // STEP * STEP + STEP, last + 1, STEP):
        chance = random.Random(end)  # noqa: S311 - weather, not a secret
        height = math.sin((end % DAY / 3600 - _SUNRISE) / (2 * (_NOON - _SUNRISE)) * math.pi)
        generated = Decimal(f"{max(0.0, 20 * height * chance.uniform(0.55, 1.0)):.4f}")
        provenance = Provenance(
            text_of(end + 60), f"raw/loggers/2026/06/20/{end}.json@{chance.getrandbits(96):024x}", 1
        )
        version = Version(provenance, generated, Decimal(f"{chance.uniform(0.02, 0.06):.4f}"))
        stored.append(Assessed(History(SITE.site_id, text_of(end), (version,), provenance), ()))
    return stored


def body_of(items: Iterable[dict[str, Any]]) -> bytes:
    """Return a Query's answer as DynamoDB sends it."""
    listed = list(items)
    return json.dumps({"Count": len(listed), "Items": listed, "ScannedCount": len(listed)}).encode()


def window_body(first: int, last: int) -> bytes:
    """Return the answer to a window's query, with the attributes it asks for."""
    names = ("timestamp", "energy_generated_kwh", "energy_consumed_kwh", "landed_at", "flags", "watched", "merges")
    items = (item_of(each, 0) for each in readings(first, last))
    return body_of({name: item[name] for name in names if name in item} for item in items)


class Answers:
    """A DynamoDB client that is answered from here. `window`, `parts`, `reevaluation`: the bodies.

    It has the fast path, as the Lambda's client has; what the fast path doesn't send goes through botocore.
    """

    def __init__(self) -> None:
        """Make a client as the Lambda's, with nobody behind it."""
        session = botocore.session.Session()
        session.set_credentials("key", "secret")
        client = cast("Any", session.create_client("dynamodb", region_name="eu-west-1"))
        client.meta.events.register("before-send.dynamodb", self._answer)
        connections, credentials = cast("Any", self), cast("Any", session.get_credentials())
        self.client = cast("Any", FastDynamo(client, connections, credentials))
        self.window = self.parts = self.reevaluation = b""
        self.written: list[bytes] = []

    def urlopen(self, _method: str, _url: str, *, body: bytes, headers: dict[str, str]) -> SimpleNamespace:
        """Answer a call of the fast path, as a pool of urllib3's connections does."""
        return SimpleNamespace(status=200, data=self._body_of(headers["X-Amz-Target"], body))

    def _answer(self, request: Any, **_: object) -> AWSResponse:  # noqa: ANN401 - botocore's own
        body = self._body_of(request.headers["X-Amz-Target"].decode(), request.body)
        return AWSResponse(request.url, 200, {}, _Raw(body))  # type: ignore[arg-type]

    def _body_of(self, target: str, asked: bytes) -> bytes:
        match target.rpartition(".")[2]:
            case "Query":
                return self.window if b'"readings"' in asked else self.parts
            case "GetItem":
                return self.reevaluation
            case "BatchWriteItem":
                self.written.append(asked)
        return b"{}"


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> list[bytes]:
        """Return all of it, as urllib3 would."""
        return [self._body]


class Ignoring:
    """Keeps no incidents: their store is read once a group, and costs its own."""

    def fetch(self, site_ids: Iterable[str]) -> None:
        """Read nothing."""

    def after_evaluation(self, site: Site, result: EvaluationResult, single: object) -> None:
        """Write nothing."""


def learned_days() -> list[Day]:
    """Return the days a watch keeps of the site, with their baselines."""
    kept = [_kept(each) for each in readings(NOW - LEARNED_DAYS * DAY, NOW)]
    judge_from = NOW - (LEARNED_DAYS - 1) * DAY
    result = evaluate(SITE, series_of(kept, SITE), (), judge_from, NOW)
    completing = Completing(Evaluated(SITE, kept, result, judge_from, NOW), {}, anew=True)
    return [completing.with_hours(day) for day in completing.days().values()]


def _kept(stored: Assessed) -> StoredReading:
    time_, values = stored.history.timestamp, stored.history.current.values
    end = end_of(time_)
    return StoredReading(end, *values, delay_of(end, end_of(stored.history.inserted_by.landed_at)))


def measured(run: Callable[[], object], rounds: int) -> list[float]:
    """Return the CPU time of each of so many runs, ms."""
    spent = []
    for _ in range(rounds):
        begun = time.process_time_ns()
        run()
        spent.append((time.process_time_ns() - begun) / 1e6)
    return spent


def evaluate_alone(days: list[Day], hours: int = 48) -> Callable[[], object]:
    """Return what the bar is about: a body decoded, looked at, summed up and compared."""
    answers = Answers()
    answers.window = window_body(NOW - hours * 3600, NOW)
    body = answers.window
    known = [day for day in days if day.ends > NOW - hours * 3600]
    by_date = {day.date: day for day in known}
    decoder = answers_of(WINDOW_CODEC)

    def run() -> object:
        kept = [WINDOW_CODEC.make(item) for item in decoder.decode(body).Items]
        result = evaluate(SITE, series_of(kept, SITE), known, NOW - CONTEXT_SECONDS, NOW)
        Completing(Evaluated(SITE, kept, result, NOW - CONTEXT_SECONDS, NOW), by_date, anew=False).days()
        return [each for each in kept if result.flags.get(each.end, ()) != each.watched]

    return run


def evaluate_whole(days: list[Day]) -> Callable[[], object]:
    """Return a whole evaluation by the watcher."""
    answers = Answers()
    windows, parts = (
        DynamoWindows(answers.client, "readings"),
        DynamoSiteParts(answers.client, "sites"),
    )
    first = two_days(30, NOW)
    packed = pack([_kept(each) for each in readings(first, NOW)], first, 2, NOW - _PACKED_SECONDS)
    if packed is None:
        raise SystemExit("two days are too much to be packed")
    answers.window = window_body(packed.last, NOW)
    parts.put_days(SITE.site_id, [day for day in days if day.ends > NOW - 2 * DAY])
    items = [put["PutRequest"]["Item"] for sent in answers.written for put in json.loads(sent)["RequestItems"]["sites"]]
    reevaluation = attributes(
        {"part": "watched", **msgspec.structs.asdict(Reevaluation(2, NOW - 9 * DAY, 0, done=True))}
    )
    recent = _on_the_wire(attributes({"part": "recent", **msgspec.structs.asdict(packed)}))
    known = {name: value for name, value in msgspec.structs.asdict(SITE).items() if value}
    answers.reevaluation = json.dumps({"Item": reevaluation}).encode()
    answers.parts = body_of([*items, attributes({"part": "registry", **known}), recent, reevaluation])
    stores = WatchStores(windows, parts, Ignoring(), DynamoNeighbours(answers.client, "sites"))
    watcher = Watcher(stores, 30, lambda: NOW)
    if (summary := watcher.evaluate(DueSite(SITE.site_id), NOW)) is None or summary.marked or summary.days:
        raise SystemExit(f"a healthy site that was evaluated before has nothing to write: {summary}")
    return lambda: watcher.evaluate(DueSite(SITE.site_id), NOW)


def _on_the_wire(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "body": {"B": b64encode(item["body"]["B"]).decode()}}


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=300, help="looks to measure")
    rounds = parser.parse_args().rounds
    days = learned_days()
    alone, whole = evaluate_alone(days), evaluate_whole(days)
    measured(alone, 20), measured(whole, 20)
    bar, whole_spent = measured(alone, rounds), measured(whole, rounds)
    for name, spent in (("bar", bar), ("whole", whole_spent)):
        sys.stdout.write(
            f"{name:<6} median {median(spent):.2f} ms, p95 {quantiles(spent, n=20)[-1]:.2f} ms CPU a site\n"
        )
    busy = median(whole_spent) / _SHARE_OF_CPU + _WAITS_MS
    sys.stdout.write(
        f"at 1,024 MB a site takes about {busy:.0f} ms, its waits included: "
        f"100,000 sites in 30 minutes keep {math.ceil(100_000 * busy / 1000 / 1800)} Lambdas busy\n"
    )
    return 1 if median(bar) > BAR_MS else 0


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.exit(main())
