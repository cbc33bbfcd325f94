"""For every grant of every role, the deed that is denied without it."""

from terraform import calls_of_api as api
from terraform import calls_of_others as others
from terraform import calls_of_processor as processor
from terraform import calls_of_watch as watch
from terraform.exercised_calls import ExercisedCall


def _own(function: str) -> dict[str, ExercisedCall]:
    group = f"log-group:/aws/lambda/{function}:*"
    return {
        f"WriteOwnLog logs:CreateLogStream {group}": others.begin_log,
        f"WriteOwnLog logs:PutLogEvents {group}": others.write_log,
        "WriteTraces xray:PutTraceSegments *": others.write_trace,
        "WriteTraces xray:PutTelemetryRecords *": others.count_traces,
    }


def _takes_from(queue: str) -> dict[str, ExercisedCall]:
    return {
        f"ConsumeQueue sqs:ReceiveMessage {queue}": processor.receive,
        f"ConsumeQueue sqs:DeleteMessage {queue}": processor.delete,
        f"ConsumeQueue sqs:GetQueueAttributes {queue}": processor.look_at_queue,
        f"ConsumeQueue sqs:ChangeMessageVisibility {queue}": processor.wait_before_retry,
    }


PERMISSION_CASES: dict[str, dict[str, ExercisedCall]] = {
    "processor": {
        **_own("processor"),
        **_takes_from("ingest"),
        "ReadRawObjects s3:GetObject data/raw/*": processor.read_newest,
        "ReadRawObjects s3:GetObjectVersion data/raw/*": processor.read_version,
        "DistinguishDeletedFromForbidden s3:ListBucket data": processor.tell_what_is_gone,
        "OrderVersions s3:ListBucketVersions data": processor.order_versions,
        "WriteQuarantine s3:PutObject data/quarantine/*": processor.quarantine,
        "KeepFileZones s3:PutObject data/facts/zones/*": processor.settle_zones,
        "KeepFileZones s3:GetObject data/facts/zones/*": processor.read_zones,
        "ReadFeedProfiles s3:GetObject data/facts/feeds/*": processor.read_profile,
        "KeepFileProfiles s3:PutObject data/facts/profiles/*": processor.settle_profile,
        "KeepFileProfiles s3:GetObject data/facts/profiles/*": processor.read_file_profile,
        "StoreReadings dynamodb:PartiQLDelete table/readings": processor.withdraw_reading,
        "StoreReadings dynamodb:PartiQLInsert table/readings": processor.store_reading,
        "StoreReadings dynamodb:PartiQLUpdate table/readings": processor.revise_reading,
        "StoreReadings dynamodb:BatchGetItem table/readings": processor.revise_reading,
        "OpenAndNotifyIncidents dynamodb:BatchGetItem table/incidents": processor.know_incidents,
        "OpenAndNotifyIncidents dynamodb:PutItem table/incidents": processor.open_incident,
        "OpenAndNotifyIncidents dynamodb:UpdateItem table/incidents": processor.count_messages,
        "OpenAndNotifyIncidents dynamodb:PartiQLUpdate table/incidents": processor.claim_site,
        "ReadAndAddSites dynamodb:BatchGetItem table/sites": processor.know_sites,
        "ReadAndAddSites dynamodb:PutItem table/sites": processor.add_site,
        "RecordIngestions dynamodb:GetItem table/ingestions": processor.record_ingestion,
        "RecordIngestions dynamodb:PutItem table/ingestions": processor.record_ingestion,
        "RecordIngestions dynamodb:UpdateItem table/ingestions": processor.count_attempt,
        "RecordIngestions dynamodb:BatchGetItem table/ingestions": processor.know_attempts,
        "SendFilesToDeadLetterQueue sqs:SendMessage dead-letter": processor.bury,
        "SendLateJobs sqs:SendMessage watch": processor.send_late_jobs,
        "PublishNotifications sns:Publish alerts": processor.publish_notification,
    },
    "watch": {
        **_own("watch"),
        **_takes_from("watch"),
        "SendDueJobs sqs:SendMessage watch": processor.send_late_jobs,
        "SendJobsToDeadLetterQueue sqs:SendMessage watch-dead-letter": processor.bury,
        "ReadAndMarkReadings dynamodb:Query table/readings": watch.read_window,
        "ReadAndMarkReadings dynamodb:PartiQLUpdate table/readings": watch.mark_readings,
        "KeepDaysAndReevaluations dynamodb:Query table/sites": watch.read_parts,
        "KeepDaysAndReevaluations dynamodb:GetItem table/sites": watch.read_reevaluation,
        "KeepDaysAndReevaluations dynamodb:BatchGetItem table/sites": watch.read_neighbours,
        "KeepDaysAndReevaluations dynamodb:PutItem table/sites": watch.begin_reevaluation,
        "KeepDaysAndReevaluations dynamodb:BatchWriteItem table/sites": watch.write_days,
        "FindDueSites dynamodb:Query table/sites/index/due": watch.find_due,
        "FindNeighbours dynamodb:Query table/sites/index/beside": watch.find_neighbours,
        "KeepIncidents dynamodb:BatchGetItem table/incidents": processor.know_incidents,
        "KeepIncidents dynamodb:Query table/incidents": watch.read_site_s_incidents,
        "KeepIncidents dynamodb:PutItem table/incidents": processor.open_incident,
        "KeepIncidents dynamodb:UpdateItem table/incidents": watch.acquire_lease,
        "KeepIncidents dynamodb:PartiQLInsert table/incidents": watch.note_past_incident,
        "KeepIncidents dynamodb:PartiQLUpdate table/incidents": watch.mark_notified,
        "FindPendingNotifications dynamodb:Query table/incidents/index/pending": watch.find_pending,
        "PublishNotifications sns:Publish alerts": processor.publish_notification,
    },
    "simulator": {
        **_own("simulator"),
        "LandFilesAndLabels s3:PutObject data/raw/simulator/*": others.simulate,
        "LandFilesAndLabels s3:PutObject data/labels/simulator/*": others.simulate,
    },
    "api": {
        **_own("api"),
        "QueryReadings dynamodb:Query table/readings": others.serve_readings,
        "QueryReadings dynamodb:Query table/readings/index/*": others.serve_anomalies,
        "ReadSitesAndDays dynamodb:GetItem table/sites": others.serve_site,
        "ReadSitesAndDays dynamodb:BatchGetItem table/sites": api.serve_fleet,
        "ReadSitesAndDays dynamodb:Query table/sites": api.serve_days,
        "RegisterSites dynamodb:PutItem table/sites": api.register_site,
        "ListSites dynamodb:Query table/sites/index/fleet": others.serve_sites,
        "ReadIngestionsAndTotals dynamodb:GetItem table/ingestions": others.serve_ingestion,
        "ReadIngestionsAndTotals dynamodb:Query table/ingestions": others.serve_totals,
        "CountSites dynamodb:UpdateItem table/ingestions": api.register_site,
        "ReadIncidents dynamodb:GetItem table/incidents": others.serve_incident,
        "ReadIncidents dynamodb:BatchGetItem table/incidents": others.serve_open_of_site,
        "ReadIncidents dynamodb:Query table/incidents": others.serve_closed_of_site,
        "ListIncidents dynamodb:Query table/incidents/index/listed": others.serve_open_incidents,
        "KeepFacts s3:PutObject data/facts/*": api.keep_fact,
        "LandReadings s3:PutObject data/raw/api/*": api.land_readings,
        "LandReadings s3:GetObjectVersion data/raw/api/*": api.land_readings,
        "ReadFeedProfiles s3:GetObject data/facts/feeds/*": processor.read_profile,
        "ReadEdits s3:GetObject data/facts/edits/*": api.repeat_edit,
        "AskForEvaluations sqs:SendMessage watch": processor.send_late_jobs,
        "FindWhatLanded s3:ListBucket data": api.find_what_landed,
        "ReadQuarantine s3:GetObject data/quarantine/*": api.serve_rejected,
        "CountMessages sqs:GetQueueAttributes ingest": api.serve_pipeline,
        "CountMessages sqs:GetQueueAttributes dead-letter": api.serve_pipeline,
        "CountMessages sqs:GetQueueAttributes watch": api.serve_pipeline,
        "CountMessages sqs:GetQueueAttributes watch-dead-letter": api.serve_pipeline,
    },
    "schedule": {"InvokeSimulator lambda:InvokeFunction function:simulator": others.call_simulator},
    "watch-schedule": {"InvokeWatch lambda:InvokeFunction function:watch": others.call_watch},
}

# What other roles may do as well, each for a reason of its own; whoever isn't named is denied.
_PROCESSOR, _WATCH, _API, _SIMULATOR = "processor", "watch", "api", "simulator"
SHARED: dict[ExercisedCall, set[str]] = {
    # The count of sites and the attempts at messages are items of one table, which both update.
    processor.count_attempt: {_API},
    # Both write readings' flags and incidents, and tell.
    watch.mark_readings: {_PROCESSOR},
    processor.open_incident: {_PROCESSOR, _WATCH},
    processor.count_messages: {_WATCH},
    processor.claim_site: {_WATCH},
    watch.acquire_lease: {_PROCESSOR},
    watch.mark_notified: {_PROCESSOR},
    processor.publish_notification: {_PROCESSOR, _WATCH},
    processor.send_late_jobs: {_PROCESSOR, _WATCH, _API},
    # A site's parts are one table: who adds sites could begin a re-evaluation, and who reads sites reads
    # re-evaluations.
    watch.begin_reevaluation: {_PROCESSOR, _API},
    watch.read_parts: {_API},
    api.serve_fleet: {_PROCESSOR, _WATCH},
    watch.read_neighbours: {_PROCESSOR, _API},
    api.serve_days: {_WATCH},
    # The API keeps facts of every kind.
    processor.settle_zones: {_API},
    processor.settle_profile: {_API},
    # Both list what lies below a prefix: the processor where an object is gone, the API before a first profile.
    processor.tell_what_is_gone: {_API},
    api.find_what_landed: {_PROCESSOR},
    # Both read how a feed's files are read.
    processor.read_profile: {_PROCESSOR, _API},
    # Both register sites: those that send, and those that are sent.
    processor.know_sites: {_API, _WATCH},
    processor.add_site: {_API},
    api.register_site: {_PROCESSOR},
    # One counts the messages, the others take them.
    processor.look_at_queue: {_API},
    watch.read_reevaluation: {_API},
    others.serve_site: {_WATCH},
    # The API and the watch read what is served and judged; the processor what it recorded.
    processor.know_incidents: {_PROCESSOR, _WATCH, _API},
    watch.read_window: {_API},
    watch.read_site_s_incidents: {_API},
    others.serve_readings: {_WATCH},
    others.serve_closed_of_site: {_WATCH},
    others.serve_ingestion: {_PROCESSOR},
    # X-Ray knows no resources.
    others.write_trace: {_PROCESSOR, _WATCH, _SIMULATOR, _API},
    others.count_traces: {_PROCESSOR, _WATCH, _SIMULATOR, _API},
}
