"""Listings of the bucket: keys with any signs come as they are, and one that can't be listed hides no other."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, quote_plus, urlsplit

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from fakes.botocore_answers import answer_of, hook_of
from heliograph.storage.clients import Clients
from heliograph.storage.listing import Listed, Walk, list_newest, list_versions

BAD = "raw/a/2026/11/28/b\x01d.json"
KEYS = ["raw/a/2026/11/27/x.json", "raw/a/2026/11/28/a.json", "raw/a/2026/11/28/b.json", "raw/b/z.json"]


def answers(keys: list[str], *, encodes: bool) -> Callable[[AWSPreparedRequest], AWSResponse]:
    """Make an S3 that lists `keys`: in percent codes where that is asked for, or failing at a control character."""

    def answer(request: AWSPreparedRequest) -> AWSResponse:
        url = str(request.url)
        asked = {name: value[0] for name, value in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}
        prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
        found = sorted(key for key in keys if key.startswith(prefix) and key > asked.get("key-marker", ""))
        tails = [key[len(prefix) :] for key in found] if delimiter else []
        folders = sorted({f"{prefix}{tail.partition('/')[0]}/" for tail in tails if "/" in tail})
        own = [key for key in found if not any(key.startswith(folder) for folder in folders)]
        if not encodes and any("\x01" in key for key in own):
            return answer_of(url, 500, b"<Error><Code>InternalError</Code></Error>")
        show = quote_plus if encodes else str
        tag = "Version" if "versions" in asked else "Contents"
        rows = "".join(
            f"<{tag}><Key>{show(key)}</Key><VersionId>v</VersionId><LastModified>2026-11-28T00:00:00Z</LastModified>"
            f"<Size>1</Size></{tag}>"
            for key in own
        )
        rows += "".join(f"<CommonPrefixes><Prefix>{show(folder)}</Prefix></CommonPrefixes>" for folder in folders)
        encoding = f"<EncodingType>{asked['encoding-type']}</EncodingType>" if encodes else ""
        return answer_of(url, 200, f"<R>{encoding}<IsTruncated>false</IsTruncated>{rows}</R>".encode())

    return answer


def s3_of(keys: list[str], *, encodes: bool) -> Clients:
    """Return clients of such an S3."""
    session = botocore.session.Session()
    session.set_credentials("test", "test")
    session.set_config_variable("region", "eu-central-1")
    session.register("before-send.s3", hook_of(answers(keys, encodes=encodes)))
    return Clients(session, "http://127.0.0.1:1")


@pytest.mark.parametrize("listing", [list_versions, list_newest])
def test_keys_come_in_percent_codes_and_are_decoded(listing: Callable[..., Iterator[Listed]]) -> None:
    """S3 is asked to encode keys, since XML can't hold some signs; a plus or a percent stays what it was."""
    kept = sorted([*KEYS, BAD, "raw/c d%41+ä.json"])
    found = listing(s3_of(kept, encodes=True).s3(), "bucket", "raw/")
    assert [each.key for each in found] == kept


def test_one_key_that_can_t_be_listed_hides_no_other() -> None:
    """All other keys are listed once, and the folder in question is named."""
    walk = Walk(s3_of([*KEYS, BAD], encodes=False).s3(attempts=1), "bucket")
    assert sorted(each.key for each in walk.versions("raw/")) == KEYS
    assert walk.unlisted == ["raw/a/2026/11/28/"]


def test_a_walk_around_such_a_key_keeps_the_order_and_goes_on_behind_a_key() -> None:
    """A folder's own keys stand among its folders, so that whoever notes the last key goes on without a hole."""
    kept = ["raw/a.json", "raw/b/c.json", "raw/b/d/e.json", "raw/b/z.json", "raw/c.json", "raw/d/f.json"]
    clients = s3_of([*kept, "raw/b/d/x\x01.json"], encodes=False)
    for at in (0, 3, 5):
        after = kept[at - 1] if at else ""
        walk = Walk(clients.s3(attempts=1), "bucket")
        assert [each.key for each in walk.versions("raw/", after)] == kept[at:]


def test_what_can_be_listed_is_walked_in_order() -> None:
    """Without such a key nothing is cut, and nothing named."""
    walk = Walk(s3_of(KEYS, encodes=False).s3(attempts=1), "bucket")
    assert [each.key for each in walk.versions("raw/")] == KEYS
    assert walk.unlisted == []
