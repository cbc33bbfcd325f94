# What landed becomes readings, quarantine, ingestions and incidents.

locals {
  processor_seconds = 300
  watch_seconds     = 300

  # Every receive of a message counts, also one in which a store was throttled or no time was left. Waits of 30 s that
  # double up to 15 minutes, less up to a half by chance, use up 8 to 13 in an hour, and 200 in one to two days: long
  # before the fortnight that SQS keeps a message. What fails by itself is a dead letter after three attempts, which the
  # processor counts (docs/adr/0018-retries.md).
  many_receives = 200
}

module "processor" {
  source = "./modules/function"

  name                 = "${local.prefix}-processor"
  description          = "Turns landed files into readings, rejected records, ingestions and incidents."
  handler              = "lambda_processor.handler.handler"
  package              = { bucket = var.artifacts_bucket, key = var.packages.processor }
  runtime              = var.runtime
  memory_mb            = 1024
  timeout_seconds      = local.processor_seconds
  log_retention_days   = var.log_retention_days
  permissions_boundary = local.boundary
  log_group_arn        = "${local.arn}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${local.prefix}-processor"

  environment = {
    POWERTOOLS_SERVICE_NAME     = "processor"
    POWERTOOLS_LOG_LEVEL        = "INFO"
    HELIOGRAPH_BUCKET           = local.data_bucket
    HELIOGRAPH_READINGS_TABLE   = local.table_names.readings
    HELIOGRAPH_SITES_TABLE      = local.table_names.sites
    HELIOGRAPH_INGESTIONS_TABLE = local.table_names.ingestions
    HELIOGRAPH_INCIDENTS_TABLE  = local.table_names.incidents
    HELIOGRAPH_ALERTS_TOPIC_ARN = local.alerts_topic_arn
    # The URL is made from the queue itself: its form is SQS's own.
    HELIOGRAPH_INGEST_QUEUE_URL        = module.ingest_queue.queue.url
    HELIOGRAPH_DEAD_LETTER_QUEUE_URL   = module.ingest_queue.dead_letter.url
    HELIOGRAPH_WATCH_QUEUE_URL         = module.watch_queue.queue.url
    HELIOGRAPH_DIGEST_THRESHOLD        = tostring(var.incidents.digest_threshold)
    HELIOGRAPH_REPEAT_INTERVAL_MINUTES = tostring(var.incidents.repeat_interval_minutes)
    HELIOGRAPH_LINK                    = local.link
    HELIOGRAPH_RETENTION_DAYS          = tostring(var.retention_days)
    HELIOGRAPH_RETRY_SECONDS           = tostring(var.retry_seconds)
    # A batch at work comes back soon if its worker dies.
    HELIOGRAPH_HIDDEN_SECONDS     = tostring(local.processor_seconds + 30)
    HELIOGRAPH_LATE_DELAY_SECONDS = tostring(var.late_delay_seconds)
  }

  statements = [
    {
      sid       = "ConsumeQueue"
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
      resources = [local.ingest_queue_arn]
    },
    {
      sid       = "ReadRawObjects"
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = ["${local.data_bucket_arn}/raw/*"]
    },
    {
      # Without it S3 says "forbidden" of an object that is gone, and not that it is gone. S3 asks itself this when it
      # looks for an object, and then there is no prefix: hence "if exists".
      sid        = "DistinguishDeletedFromForbidden"
      actions    = ["s3:ListBucket"]
      resources  = [local.data_bucket_arn]
      conditions = { StringLikeIfExists = { "s3:prefix" = ["raw/*"] } }
    },
    {
      # Which of two versions of a file came later, where both landed in the same second.
      sid        = "OrderVersions"
      actions    = ["s3:ListBucketVersions"]
      resources  = [local.data_bucket_arn]
      conditions = { StringLike = { "s3:prefix" = ["raw/*"] } }
    },
    {
      sid       = "WriteQuarantine"
      actions   = ["s3:PutObject"]
      resources = ["${local.data_bucket_arn}/quarantine/*"]
    },
    {
      # The time zones that a file's local times are read by: written once, before its readings, and read again with it.
      sid       = "KeepFileZones"
      actions   = ["s3:PutObject", "s3:GetObject"]
      resources = ["${local.data_bucket_arn}/facts/zones/*"]
    },
    {
      # The versions of the feeds' profiles, which say how their files are read.
      sid       = "ReadFeedProfiles"
      actions   = ["s3:GetObject"]
      resources = ["${local.data_bucket_arn}/facts/feeds/*"]
    },
    {
      # By which version of its feed's profile a file is read: written once, before its readings, and read again with it.
      sid       = "KeepFileProfiles"
      actions   = ["s3:PutObject", "s3:GetObject"]
      resources = ["${local.data_bucket_arn}/facts/profiles/*"]
    },
    {
      # It deletes a reading that only an older version of a feed's profile made of a file, when that is read anew.
      sid       = "StoreReadings"
      actions   = ["dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete", "dynamodb:BatchGetItem"]
      resources = [local.table_arns.readings]
    },
    {
      # Opened in a transaction of puts and updates; claimed and marked as notified by statements.
      sid       = "OpenAndNotifyIncidents"
      actions   = ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:PartiQLUpdate"]
      resources = [local.table_arns.incidents]
    },
    {
      sid       = "ReadAndAddSites"
      actions   = ["dynamodb:BatchGetItem", "dynamodb:PutItem"]
      resources = [local.table_arns.sites]
    },
    {
      sid = "RecordIngestions"
      # With them it counts the attempts at messages that came back.
      actions   = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
      resources = [local.table_arns.ingestions]
    },
    {
      sid       = "SendFilesToDeadLetterQueue"
      actions   = ["sqs:SendMessage"]
      resources = [local.dead_letter_queue_arn]
    },
    {
      sid       = "SendLateJobs"
      actions   = ["sqs:SendMessage"]
      resources = [local.watch_queue_arn]
    },
    {
      sid       = "PublishNotifications"
      actions   = ["sns:Publish"]
      resources = [local.alerts_topic_arn]
    },
  ]
}

resource "aws_lambda_event_source_mapping" "ingest" {
  event_source_arn        = module.ingest_queue.queue.arn
  function_name           = module.processor.name
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.processor_concurrency
  }
}
