"""In which order S3 took versions of a key: asked once a file, read page by page, and no further than needed."""

from typing import Any

from heliograph.storage.listing import S3VersionOrder


class FakeS3:
    """A bucket that lists the versions of two keys, the latest first, two a page."""

    def __init__(self) -> None:
        """Hold five versions of raw/a and one of raw/ab."""
        self.versions = [("raw/a", f"v{number}") for number in (5, 4, 3, 2, 1)] + [("raw/ab", "v9")]
        self.asked = 0

    def list_object_versions(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - S3's own parameters
        """List a page."""
        self.asked += 1
        begin = 0
        if "VersionIdMarker" in request:
            begin = self.versions.index((request["KeyMarker"], request["VersionIdMarker"])) + 1
        page, more = self.versions[begin : begin + 2], len(self.versions) > begin + 2
        found = [{"Key": key, "VersionId": version} for key, version in page if key.startswith(request["Prefix"])]
        after = {"NextKeyMarker": page[-1][0], "NextVersionIdMarker": page[-1][1]} if more else {}
        return {"Versions": found, "IsTruncated": more, **after}


def placed(order: S3VersionOrder, *versions: str) -> list[str]:
    """Return versions of raw/a as they landed, without those that S3 has no longer."""
    places = order("raw/a", frozenset(versions))
    return sorted(places, key=places.__getitem__)


def test_versions_are_placed_as_they_were_stored() -> None:
    """The list is read from its end, across pages; a version that isn't there has no place, nor has another key's."""
    order = S3VersionOrder(FakeS3(), "bucket")  # type: ignore[arg-type]
    assert placed(order, "v5", "v1", "v3") == ["v1", "v3", "v5"]
    assert placed(order, "v2", "gone", "v9", "v4") == ["v2", "v4"]


def test_s3_is_asked_once_for_the_readings_of_a_file() -> None:
    """The same versions cost no second call, and a page is read only where a version that is wanted may stand in it."""
    s3 = FakeS3()
    order = S3VersionOrder(s3, "bucket")  # type: ignore[arg-type]
    for _ in range(500):
        assert placed(order, "v5", "v4") == ["v4", "v5"]
    assert s3.asked == 1
    assert placed(order, "v5", "v3") == ["v3", "v5"]
    assert s3.asked == 3, "one that wasn't asked for before"
    assert placed(order, "v4", "v3") == ["v3", "v4"]
    assert s3.asked == 3
