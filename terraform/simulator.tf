# A simulated fleet, for a first evaluation and for tests; its schedule is off unless asked for.

module "simulator" {
  source = "./modules/function"

  name                 = "${local.prefix}-simulator"
  description          = "Writes a simulated fleet's readings as if loggers had sent them."
  handler              = "lambda_simulator.handler.handler"
  package              = { bucket = var.artifacts_bucket, key = var.packages.simulator }
  runtime              = var.runtime
  memory_mb            = 512
  timeout_seconds      = 300
  log_retention_days   = var.log_retention_days
  permissions_boundary = local.boundary
  log_group_arn        = "${local.arn}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${local.prefix}-simulator"

  environment = {
    POWERTOOLS_SERVICE_NAME = "simulator"
    POWERTOOLS_LOG_LEVEL    = "INFO"
    HELIOGRAPH_BUCKET       = local.data_bucket
    HELIOGRAPH_FLEET_SIZE   = tostring(var.simulator.fleet_size)
    HELIOGRAPH_SEED         = tostring(var.simulator.seed)
    HELIOGRAPH_FAULT_RATE   = tostring(var.simulator.fault_rate)
  }

  statements = [{
    sid       = "LandFilesAndLabels"
    actions   = ["s3:PutObject"]
    resources = ["${local.data_bucket_arn}/raw/simulator/*", "${local.data_bucket_arn}/labels/simulator/*"]
  }]
}

# As for the watch's tick: what one call of the schedule misses, the next one simulates.
resource "aws_lambda_function_event_invoke_config" "simulator" {
  function_name                = module.simulator.name
  maximum_event_age_in_seconds = 300
  maximum_retry_attempts       = 1
}

resource "aws_iam_role" "schedule" {
  name                 = "${local.prefix}-schedule"
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

resource "aws_iam_role_policy" "schedule" {
  name   = "${local.prefix}-schedule"
  role   = aws_iam_role.schedule.name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.schedule_statements })
}

locals {
  schedule_statements = [{
    Sid      = "InvokeSimulator"
    Effect   = "Allow"
    Action   = ["lambda:InvokeFunction"]
    Resource = ["${local.arn}:lambda:${local.region}:${local.account}:function:${local.prefix}-simulator"]
  }]
}

resource "aws_scheduler_schedule" "simulator" {
  name                = "${local.prefix}-simulator"
  schedule_expression = "rate(5 minutes)"
  state               = var.simulator.on ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.simulator.arn
    role_arn = aws_iam_role.schedule.arn

    retry_policy {
      maximum_event_age_in_seconds = 300
      maximum_retry_attempts       = 3
    }
  }
}
