"""What each setting means, by its name without HELIOGRAPH_; a Lambda's settings struct says the same in fewer words."""

from typing import Final

MEANINGS: Final = {
    "incidents_table": "table of incidents",
    "alerts_topic_arn": "topic that alerts are published to",
    "api": "address of the API",
    "api_origins": "origins whose pages may write through the API beside its own, with commas between them",
    "bucket": "bucket that files land in",
    "clean_readings": "an incident ends after so many readings without a flag, of those that its rule can judge",
    "dead_letter_queue_url": "queue of files that failed for good",
    "digest_threshold": "more incidents than this at once are sent as one message",
    "fault_rate": "share of a simulated site's days that have a fault",
    "fleet_size": "number of simulated sites",
    "hidden_seconds": "seconds that a batch of files stays hidden while it is processed; a worker lives a bit less",
    "clear_after_minutes": "an incident ends no sooner than so many minutes after its last flag",
    "ingest_queue_url": "queue of landed files",
    "ingestions_table": "table of ingestions and of the fleet's totals",
    "late_delay_seconds": "seconds that an evaluation of late readings waits for more of them",
    "link": "address in front of `/incidents/{id}` in messages",
    "max_unpacked_mib": "the most a file may unpack to, MiB",
    "repeat_interval_minutes": "a site's next message of an onset, or of a recovery, comes no sooner than that later",
    "readings_table": "table of readings",
    "retention_days": "days that readings, ingestions and incidents are kept, counted from landing",
    "retry_seconds": "seconds before a failed message comes back the first time; the wait doubles each time",
    "seed": "another seed is another fleet under another weather",
    "sites_table": "table of sites, their days and their baselines",
    "user": "who acts on the laptop, where the request itself doesn't say",
    "watch_dead_letter_queue_url": "queue of evaluations that failed for good",
    "watch_group": "sites in one message of the watch queue",
    "watch_period": "minutes in which each site is evaluated once",
    "watch_queue_url": "queue of sites to be evaluated",
}

# Read by commands and scripts, one by one.
OTHERS: Final = {
    "AWS_ENDPOINT_URL_DYNAMODB": (
        "`up`; on the laptop every Lambda",
        "address of another DynamoDB for the tables, as `--dynamodb`",
    ),
    "HELIOGRAPH_TEST_DYNAMODB": (
        "tests of the stack",
        "`local` has their tables in DynamoDB Local; set by `make test-dynamodb`",
    ),
    "HELIOGRAPH_RESERVE_MIB": (
        "`up`",
        "MiB of the disk to leave free, as `--reserve`: below it nothing new is taken in; 256 if not set",
    ),
    "HELIOGRAPH_STATE_DIR": ("every command", "folder of the local stack, as `--state-dir`; `.heliograph` if not set"),
    "HELIOGRAPH_API_TOKEN": (
        "what asks the API: `heliograph open`, the charts, `make smoke`",
        'a bearer token, where the API wants tokens (`api_auth = "jwt"`)',
    ),
    "HELIOGRAPH_API_TOKEN_REQUEST": (
        "`make smoke`",
        "how to ask the issuer for a token: a JSON object with `url` and the fields of a client credentials grant",
    ),
    "HELIOGRAPH_WAIT": ("`make smoke`", "seconds that the landed reading may take until it is served; 120 if not set"),
    "HELIOGRAPH_TERRAFORM_MIRROR": ("tests of Terraform", "a folder that mirrors the AWS provider"),
    "HELIOGRAPH_HOMES": ("`make bench-quality`", "the data set of homes to measure the checks on"),
    "NO_COLOR": ("every command", "no colours, where it is set to anything"),
    "POWERTOOLS_LOG_LEVEL": ("every Lambda", "the least level that is logged; `INFO` by Terraform and on the laptop"),
    "POWERTOOLS_SERVICE_NAME": ("every Lambda", "its name in logs and metrics; set by Terraform and on the laptop"),
}
