"""What the API does beside listing what is stored: totals, the pipeline, the quarantine; it lands and registers."""

from heliograph.edits.model import EditBody
from heliograph.fact import edit_made, encode, registered
from heliograph.object_keys import fact_key
from heliograph.reading import moment_of
from heliograph.site import Site
from heliograph.storage.feeds import Feeds
from heliograph.storage.objects import QuarantinePages, S3Facts, S3Landing
from heliograph.storage.queues import SqsDepths
from heliograph.storage.sites import DynamoDays
from terraform.exercised_calls import ENDS, LATER, Act

_QUEUES = ("ingest_queue_url", "dead_letter_queue_url", "watch_queue_url", "watch_dead_letter_queue_url")


def serve_fleet(act: Act) -> None:
    """Read the days of many sites at once."""
    _days(act).of_sites([(act.site, ENDS[:10])])


def serve_days(act: Act) -> None:
    """Read a site's days."""
    _days(act).of_site(act.site, ENDS[:10], ENDS[:10])


def register_site(act: Act) -> None:
    """Register a site, which counts it."""
    act.stores.sites.register(Site(act.site))


def keep_fact(act: Act) -> None:
    """Write down what somebody added."""
    S3Facts(act.aws.s3, act.bucket).add(registered([Site(act.site)], "somebody", moment_of(ENDS)))


def repeat_edit(act: Act) -> None:
    """Make an edit whose fact is there already, as after an answer that was lost."""
    body = EditBody(id=act.site, site_id=act.site, action="exclude", start=ENDS, end=LATER, reason="a test")
    fact = edit_made(body, "somebody", moment_of(ENDS))
    act.prepared.objects.put(fact_key(fact.kind, fact.id), encode(fact))
    assert S3Facts(act.aws.s3, act.bucket).settle(edit_made(body, "somebody", moment_of(LATER))) == fact


def land_readings(act: Act) -> None:
    """Land a file, and ask when it landed."""
    S3Landing(act.aws.s3, act.bucket).land("api", moment_of(ENDS), act.site, b"[]")


def find_what_landed(act: Act) -> None:
    """Look whether files lie below a prefix."""
    feeds = Feeds(act.aws.dynamodb(), act.guarded.outputs["tables"]["sites"], act.aws.s3, act.bucket)
    assert not feeds.is_native(act.site)


def serve_rejected(act: Act) -> None:
    """Read what was refused of a file."""
    key = f"quarantine/acts/{act.site}"
    act.prepared.objects.put(key, b"")
    QuarantinePages(act.aws.s3, act.bucket).page(key, 1)


def serve_pipeline(act: Act) -> None:
    """Count the messages of all queues."""
    assert len(SqsDepths(act.aws.sqs(), {name: act.guarded.outputs[name] for name in _QUEUES}).read()) == len(_QUEUES)


def _days(act: Act) -> DynamoDays:
    return DynamoDays(act.aws.dynamodb(), act.guarded.outputs["tables"]["sites"])
