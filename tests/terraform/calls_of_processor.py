"""What the processor does, with its own code; what Lambda does in its name is called by hand."""

from contextlib import suppress
from typing import Final

from heliograph.incidents.model import Notification
from heliograph.ingestion import Ingestion
from heliograph.kept_profiles import FileProfile, change_at, encode
from heliograph.object_keys import fact_key, feed_version_key, quarantine_key
from heliograph.profiles.model import Layout, Profile, SideSource, SiteRule, TimeRule
from heliograph.reading import moment_of
from heliograph.site import Site
from heliograph.storage.feeds import Feeds, S3FileProfiles
from heliograph.storage.listing import S3VersionOrder
from heliograph.storage.objects import put_once
from terraform.exercised_calls import ENDS, LANDED, LATER, Act, now

_PROFILE: Final = Profile(
    name="portal",
    layout=Layout(format="csv"),
    site=SiteRule(id="roof"),
    time=TimeRule(columns=["t"], marks="end"),
    quantity="interval",
    unit="kWh",
    generated=[SideSource(column="out")],
)


def read_newest(act: Act) -> None:
    """Read a landed file by its name."""
    act.prepared.objects.put(f"raw/acts/{act.site}", b"[]")
    act.stores.objects.get(f"raw/acts/{act.site}").read()


def read_version(act: Act) -> None:
    """Read the version of a landed file that an event names."""
    version = act.prepared.objects.put(f"raw/acts/{act.site}", b"[]")
    act.stores.objects.get(f"raw/acts/{act.site}", version).read()


def tell_what_is_gone(act: Act) -> None:
    """List what landed. S3 asks itself this right where an object is gone; the embedded AWS doesn't."""
    act.aws.s3().list_objects_v2(Bucket=act.bucket, Prefix="raw/acts/", MaxKeys=1)


def order_versions(act: Act) -> None:
    """Ask in which order two versions of a file landed."""
    key = f"raw/acts/{act.site}.json"
    versions = [act.prepared.objects.put(key, body) for body in (b"1", b"2")]
    order = S3VersionOrder(act.aws.s3(), act.bucket)(key, frozenset(versions))
    assert sorted(versions, key=order.__getitem__) == versions


def quarantine(act: Act) -> None:
    """Write what was refused of a file: little at once, much in parts, which S3 asks the same right for."""
    key = quarantine_key(f"raw/acts/{act.site}", "v1")
    act.stores.objects.put(key, b"{}\n")
    upload = act.stores.objects.upload(key, "application/x-ndjson")
    upload.add(b"{}\n")
    upload.finish()


def settle_zones(act: Act) -> None:
    """Write the zones that a file's local times are read by."""
    assert act.stores.file_zones.settle(act.site, {act.site: "Europe/Berlin"})


def read_zones(act: Act) -> None:
    """Read the zones that were written when a file was first processed."""
    zones = act.prepared.file_zones.settle(act.site, {act.site: "Europe/Berlin"})
    assert act.stores.file_zones.settle(act.site, {}) == zones


def read_profile(act: Act) -> None:
    """Read a version of a feed's profile."""
    version = change_at(_PROFILE, "somebody", moment_of(LANDED)).as_version(1)
    act.prepared.objects.put(feed_version_key(act.site, 1), encode(version))
    feeds = Feeds(act.aws.dynamodb(), act.guarded.outputs["tables"]["sites"], act.aws.s3, act.bucket)
    assert feeds.version(act.site, 1) == version


def settle_profile(act: Act) -> None:
    """Write by which version of its feed's profile a file is read."""
    assert put_once(act.aws.s3(), act.bucket, fact_key("profiles", act.site), encode(FileProfile("portal", 1)))


def read_file_profile(act: Act) -> None:
    """Read by which version a file is read."""
    act.prepared.objects.put(fact_key("profiles", act.site), encode(FileProfile("portal", 1)))
    assert S3FileProfiles(act.aws.s3, act.bucket).kept(act.site) == FileProfile("portal", 1)


def withdraw_reading(act: Act) -> None:
    """Delete a reading that an older version of a profile made."""
    act.prepared.readings.store([act.reading()], lambda _: ())
    act.stores.readings.withdraw(act.reading().history.current.provenance.source, [(act.site, ENDS)], lambda _: ())


def store_reading(act: Act) -> None:
    """Store a new reading."""
    assert act.stores.readings.store([act.reading()], lambda _: ()) == ["stored"]


def revise_reading(act: Act) -> None:
    """Meet a stored reading with other values, and write those that landed later."""
    act.prepared.readings.store([act.reading()], lambda _: ())
    assert act.stores.readings.store([act.reading(LATER, "2.5")], lambda _: ()) == ["revised"]


def know_incidents(act: Act) -> None:
    """Read which incidents of a site are open."""
    assert act.stores.incidents.states([act.site]) == {}


def open_incident(act: Act) -> None:
    """Write a new incident, and in the same transaction that the site has it."""
    assert act.stores.incidents.commit([act.opening()]) == []


def count_messages(act: Act) -> None:
    """Count a message that is sent at once, so that processors side by side don't send too many."""
    assert act.stores.outbox.spend(1, [f"sentinel@{act.site}"], now(), 10_000)


def claim_site(act: Act) -> None:
    """Take a site's place for a message."""
    act.prepared.incidents.commit([act.opening()])
    assert act.stores.outbox.claim([act.site], "onset", now(), LATER) == {act.site}


def publish_notification(act: Act) -> None:
    """Publish a message."""
    act.stores.publisher.publish([Notification("a subject", "a text", {"site_id": act.site})])


def send_late_jobs(act: Act) -> None:
    """Ask the watch to look at a site. The call is one that it can't read, so nothing comes of it."""
    act.stores.watch_queue.send([f"no call, of {act.site}"], 900)


def know_sites(act: Act) -> None:
    """Look up the sites that a file names."""
    assert act.stores.sites.get_many([act.site]) == {}


def add_site(act: Act) -> None:
    """Add a site that isn't known, and count it; and once more, as if another one had added it meanwhile."""
    assert act.stores.sites.add_many([Site(act.site)]) == set()
    assert act.stores.sites.add_many([Site(act.site)]) == {act.site}


def record_ingestion(act: Act) -> None:
    """Record what became of a file, and add it to the totals."""
    name = f"raw/acts/{act.site}"
    act.stores.ingestions.record(Ingestion(object_key=name, version="", landed_at=LANDED, size_bytes=2, state="done"))


def count_attempt(act: Act) -> None:
    """Count an attempt at a message that came back."""
    assert act.stores.tries.begin(act.site, 2) == 1


def know_attempts(act: Act) -> None:
    """Read how often messages that came back were tried."""
    assert act.stores.tries.of([act.site]) == {}


def bury(act: Act) -> None:
    """Write a dead letter. It names nothing, so nothing comes of it."""
    act.dead_letters.bury(f"no event, of {act.site}", {"error": "a test"})


def receive(act: Act) -> None:
    """Receive messages, as Lambda does in its function's name."""
    act.aws.sqs().receive_message(QueueUrl=act.queue, VisibilityTimeout=0)


def delete(act: Act) -> None:
    """Delete a message that is done with, as Lambda does in its function's name."""
    sqs = act.aws.sqs()
    with suppress(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=act.queue, ReceiptHandle="gone")


def look_at_queue(act: Act) -> None:
    """Read the queue's attributes, as Lambda does in its function's name."""
    act.aws.sqs().get_queue_attributes(QueueUrl=act.queue, AttributeNames=["ApproximateNumberOfMessages"])


def wait_before_retry(act: Act) -> None:
    """Bring a failed message back sooner than the queue would."""
    sqs = act.aws.sqs()
    with suppress(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.change_message_visibility(QueueUrl=act.queue, ReceiptHandle="gone", VisibilityTimeout=1)
