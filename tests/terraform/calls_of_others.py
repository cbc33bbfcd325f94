"""What the simulator, the API and the schedules do, and what every Lambda does: log and trace."""

from datetime import UTC, datetime

import msgspec

from heliograph.incidents.model import RuleState
from heliograph.object_keys import raw_key
from lambda_simulator.handler import write_files
from lambda_simulator.tick import Label, Tick
from terraform.exercised_calls import LANDED, LATER, Act
from terraform.grants import PREFIX


def simulate(act: Act) -> None:
    """Write a tick's file and its labels."""
    key = raw_key("simulator", datetime.now(UTC), f"{act.site}.json")
    label = Label(act.site, LANDED, "stale", LANDED, LATER, "the truth")
    write_files(act.stores.objects, key, Tick([], [label]))


def serve_readings(act: Act) -> None:
    """Read a page of a site's readings."""
    act.stores.pages.of_site(act.site, None, None, 1, None)


def serve_anomalies(act: Act) -> None:
    """Read a page of a day's anomalies."""
    act.stores.pages.anomalies_of_day("2026-06-01", 1, None)


def serve_site(act: Act) -> None:
    """Read a site."""
    act.stores.sites.get(act.site)


def serve_sites(act: Act) -> None:
    """Read a page of the fleet."""
    act.stores.sites.page(1, None)


def serve_ingestion(act: Act) -> None:
    """Read what became of a file."""
    act.stores.ingestions.get("20260601T120100Z-00000000000000000000")


def serve_totals(act: Act) -> None:
    """Read the fleet's totals."""
    act.stores.ingestions.totals()


def serve_incident(act: Act) -> None:
    """Read an incident."""
    assert act.stores.incident_pages.get(act.incident().id) is None


def serve_open_of_site(act: Act) -> None:
    """Read a site's open incidents."""
    rule_state = RuleState(id=act.incident().id)
    change = msgspec.structs.replace(act.opening(), rule_states={"sentinel": rule_state})
    act.prepared.incidents.commit([change])
    assert len(act.stores.incident_pages.open_of_site(act.site)) == 1


def serve_closed_of_site(act: Act) -> None:
    """Read a page of a site's closed incidents."""
    act.stores.incident_pages.closed_of_site(act.site, 1, None)


def serve_open_incidents(act: Act) -> None:
    """Read a page of the fleet's open incidents."""
    act.stores.incident_pages.open(1, None)


def call_simulator(act: Act) -> None:
    """Call the simulator; a dry run, which asks for the same right."""
    act.aws.functions.invoke(FunctionName=f"{PREFIX}-simulator", InvocationType="DryRun")


def call_watch(act: Act) -> None:
    """Call the watch; a dry run as well."""
    act.aws.functions.invoke(FunctionName=f"{PREFIX}-watch", InvocationType="DryRun")


def begin_log(act: Act) -> None:
    """Begin a stream of the Lambda's own log, as Lambda does in its role's name."""
    act.aws.logs.create_log_stream(logGroupName=f"/aws/lambda/{PREFIX}-{act.owner}", logStreamName=act.site)


def write_log(act: Act) -> None:
    """Write to the Lambda's own log."""
    log = {"logGroupName": f"/aws/lambda/{PREFIX}-{act.owner}", "logStreamName": act.site}
    act.guarded.aws.logs.create_log_stream(**log)
    now = int(datetime.now(UTC).timestamp() * 1000)
    act.aws.logs.put_log_events(**log, logEvents=[{"timestamp": now, "message": "a line"}])


def write_trace(act: Act) -> None:
    """Write a trace. The embedded AWS has no X-Ray: its evaluation of the role's policy is asked instead."""
    act.aws.require("xray:PutTraceSegments", "*")


def count_traces(act: Act) -> None:
    """Tell X-Ray how many traces there were; as above."""
    act.aws.require("xray:PutTelemetryRecords", "*")
