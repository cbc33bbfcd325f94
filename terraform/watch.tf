# What evaluates each site over time: a tick each minute finds the sites that are due, a queue hands them out.

module "watch" {
  source = "./modules/function"

  name                 = "${local.prefix}-watch"
  description          = "Evaluates each site over time (flags, day totals, incidents) and sends notifications."
  handler              = "lambda_watch.handler.handler"
  package              = { bucket = var.artifacts_bucket, key = var.packages.watch }
  runtime              = var.runtime
  memory_mb            = 1024
  timeout_seconds      = local.watch_seconds
  log_retention_days   = var.log_retention_days
  permissions_boundary = local.boundary
  log_group_arn        = "${local.arn}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${local.prefix}-watch"

  environment = {
    POWERTOOLS_SERVICE_NAME                = "watch"
    POWERTOOLS_LOG_LEVEL                   = "INFO"
    HELIOGRAPH_READINGS_TABLE              = local.table_names.readings
    HELIOGRAPH_SITES_TABLE                 = local.table_names.sites
    HELIOGRAPH_INCIDENTS_TABLE             = local.table_names.incidents
    HELIOGRAPH_ALERTS_TOPIC_ARN            = local.alerts_topic_arn
    HELIOGRAPH_WATCH_QUEUE_URL             = module.watch_queue.queue.url
    HELIOGRAPH_WATCH_DEAD_LETTER_QUEUE_URL = module.watch_queue.dead_letter.url
    HELIOGRAPH_WATCH_PERIOD                = tostring(var.watch_period)
    HELIOGRAPH_CLEAN_READINGS              = tostring(var.incidents.clean_readings)
    HELIOGRAPH_CLEAR_AFTER_MINUTES         = tostring(var.incidents.clear_after_minutes)
    HELIOGRAPH_DIGEST_THRESHOLD            = tostring(var.incidents.digest_threshold)
    HELIOGRAPH_REPEAT_INTERVAL_MINUTES     = tostring(var.incidents.repeat_interval_minutes)
    HELIOGRAPH_LINK                        = local.link
    HELIOGRAPH_RETENTION_DAYS              = tostring(var.retention_days)
    HELIOGRAPH_RETRY_SECONDS               = tostring(var.retry_seconds)
  }

  statements = [
    {
      sid       = "ConsumeQueue"
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
      resources = [local.watch_queue_arn]
    },
    {
      sid       = "SendDueJobs"
      actions   = ["sqs:SendMessage"]
      resources = [local.watch_queue_arn]
    },
    {
      sid       = "SendJobsToDeadLetterQueue"
      actions   = ["sqs:SendMessage"]
      resources = [local.watch_dead_letter_queue_arn]
    },
    {
      sid       = "ReadAndMarkReadings"
      actions   = ["dynamodb:Query", "dynamodb:PartiQLUpdate"]
      resources = [local.table_arns.readings]
    },
    {
      sid       = "KeepDaysAndReevaluations"
      actions   = ["dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:BatchWriteItem"]
      resources = [local.table_arns.sites]
    },
    {
      sid       = "FindDueSites"
      actions   = ["dynamodb:Query"]
      resources = ["${local.table_arns.sites}/index/due"]
    },
    {
      sid       = "FindNeighbours"
      actions   = ["dynamodb:Query"]
      resources = ["${local.table_arns.sites}/index/beside"]
    },
    {
      sid       = "KeepIncidents"
      actions   = ["dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"]
      resources = [local.table_arns.incidents]
    },
    {
      sid       = "FindPendingNotifications"
      actions   = ["dynamodb:Query"]
      resources = ["${local.table_arns.incidents}/index/pending"]
    },
    {
      sid       = "PublishNotifications"
      actions   = ["sns:Publish"]
      resources = [local.alerts_topic_arn]
    },
  ]
}

# Its own dead letters: those of the ingest queue are files, which `heliograph dlq` sends back to the processor.
module "watch_queue" {
  source = "./modules/queue"

  name             = local.watch_queue
  dead_letter_name = local.watch_dead_letter_queue
  arn_prefix       = local.queue_arn_prefix
  function_seconds = local.watch_seconds
  max_receives     = local.many_receives
}

resource "aws_lambda_event_source_mapping" "watch" {
  event_source_arn        = module.watch_queue.queue.arn
  function_name           = module.watch.name
  batch_size              = 4
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.watch_concurrency
  }
}

# The schedule's call is asynchronous: Lambda keeps it in a queue of its own, where a tick that fails or is throttled
# would be tried for six hours. A tick that is missed is made up for by the next one, so it has two minutes, and then it
# is dropped: a dead letter of it would be of no use. The alarms watch-errors, watch-throttles and watch-not-invoked tell.
resource "aws_lambda_function_event_invoke_config" "watch" {
  function_name                = module.watch.name
  maximum_event_age_in_seconds = 120
  maximum_retry_attempts       = 1
}

resource "aws_iam_role" "watch_schedule" {
  name                 = "${local.prefix}-watch-schedule"
  permissions_boundary = local.boundary
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "watch_schedule" {
  name   = "${local.prefix}-watch-schedule"
  role   = aws_iam_role.watch_schedule.name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.watch_schedule_statements })
}

locals {
  # Where messages say that an incident can be looked up. Only an API that anyone may call opens in a browser; for the
  # others a link would lead to 403, so messages name the command to type unless a dashboard's address is given.
  link = var.incidents.link != "" || var.api_auth != "none" ? var.incidents.link : aws_apigatewayv2_api.this.api_endpoint

  watch_schedule_statements = [{
    Sid      = "InvokeWatch"
    Effect   = "Allow"
    Action   = ["lambda:InvokeFunction"]
    Resource = ["${local.arn}:lambda:${local.region}:${local.account}:function:${local.prefix}-watch"]
  }]
}

# A tick that is missed is made up for by the next one, so it isn't tried for long.
resource "aws_scheduler_schedule" "watch" {
  name                = "${local.prefix}-watch"
  schedule_expression = "rate(1 minute)"
  state               = var.watch_on ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.watch.arn
    role_arn = aws_iam_role.watch_schedule.arn

    retry_policy {
      maximum_event_age_in_seconds = 60
      maximum_retry_attempts       = 1
    }
  }
}
