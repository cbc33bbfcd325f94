"""A list that is spread over partitions reads as one list, whatever lies where and however large its pages are."""

from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from heliograph import table_keys
from heliograph.storage.pages import Page, Range, Shards


class Partitions:
    """Partitions of texts, each in order. reads: how many items were read."""

    def __init__(self, kept: Sequence[Sequence[str]], *, backwards: bool) -> None:
        """Keep some."""
        self._kept = [sorted(each, reverse=backwards) for each in kept]
        self._backwards = backwards
        self.reads = 0

    def read(self, chosen: Range, limit: int) -> Page[str]:
        """Read one partition behind an item."""
        after = (chosen.after or {}).get("sort")
        kept = self._kept[int(chosen.partition[1])]
        left = [each for each in kept if after is None or (each < after if self._backwards else each > after)]
        self.reads += min(limit, len(left))
        return Page(left[:limit], more=len(left) > limit)

    def shards(self, after: str | None) -> Shards[str]:
        """Return the whole list behind an item."""
        behind = {"sort": after} if after else None
        ranges = [Range("t", ("p", str(n)), after=behind, backwards=self._backwards) for n in range(len(self._kept))]
        return Shards(ranges, str, self.read, lambda one, last: msgspec.structs.replace(one, after={"sort": last}))


@given(
    st.lists(st.lists(st.text("abc", min_size=1, max_size=4), max_size=12), min_size=1, max_size=6),
    st.integers(1, 9),
    st.booleans(),
)
def test_pages_put_together_are_the_whole_list_in_order(
    kept: list[list[str]],
    limit: int,
    backwards: bool,  # noqa: FBT001 - hypothesis gives it by place
) -> None:
    """No item is missing, none comes twice, and the last page alone says that nothing follows."""
    once = {text: number for number, texts in enumerate(kept) for text in texts}
    partitions = Partitions(
        [[text for text, at in once.items() if at == number] for number in range(len(kept))], backwards=backwards
    )
    found: list[str] = []
    more = True
    while more:
        page = partitions.shards(found[-1] if found else None).page(limit)
        assert len(page.items) <= limit
        found += page.items
        more = page.more
        assert len(page.items) == limit or not more
    assert found == sorted(once, reverse=backwards)


def test_a_page_reads_little_more_than_it_shows() -> None:
    """A hundred of many, in 16 partitions: some twice as many are read, and not 16 times as many."""
    partitions = Partitions([[f"{n:04}" for n in range(at, 4000, 16)] for at in range(16)], backwards=True)
    assert len(partitions.shards(None).page(100).items) == 100
    assert partitions.reads < 300


def test_an_hour_s_ingestions_and_a_day_s_anomalies_are_spread() -> None:
    """A thousand files of one second, and of as many sites one interval, lie in all partitions, none too full.

    A partition takes 1,000 writes a second; these are a fifth of that at most.
    """
    ids = [table_keys.ingestion_id(f"raw/{number}.json", "v", "2026-01-02T03:04:05Z") for number in range(1000)]
    days = [table_keys.anomaly_keys(f"site-{number}", "2026-01-02T03:05:00Z")["anomaly_day"] for number in range(1000)]
    for partitions, shards in (
        ([table_keys.ingestion_place(each)[0] for each in ids], table_keys.INGESTION_SHARDS),
        ([table_keys.totals_place(table_keys.totals_shard(each))[0] for each in ids], table_keys.TOTALS_PARTITIONS),
        (days, table_keys.ANOMALY_SHARDS),
    ):
        assert len(set(partitions)) == shards
        assert max(partitions.count(each) for each in set(partitions)) < min(200, 2 * 1000 / shards)
