# What answers queries: an HTTP API in front of FastAPI on Lambda.

module "api" {
  source = "./modules/function"

  name                 = "${local.prefix}-api"
  description          = "Serves sites, readings, incidents and files, and accepts new sites and readings."
  handler              = "lambda_api.handler.handler"
  package              = { bucket = var.artifacts_bucket, key = var.packages.api }
  runtime              = var.runtime
  memory_mb            = 512
  timeout_seconds      = 30
  log_retention_days   = var.log_retention_days
  permissions_boundary = local.boundary
  log_group_arn        = "${local.arn}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${local.prefix}-api"
  snap_start           = var.snap_start

  environment = merge(local.api_role_settings, {
    POWERTOOLS_SERVICE_NAME                = "api"
    POWERTOOLS_LOG_LEVEL                   = "INFO"
    HELIOGRAPH_READINGS_TABLE              = local.table_names.readings
    HELIOGRAPH_SITES_TABLE                 = local.table_names.sites
    HELIOGRAPH_INGESTIONS_TABLE            = local.table_names.ingestions
    HELIOGRAPH_INCIDENTS_TABLE             = local.table_names.incidents
    HELIOGRAPH_BUCKET                      = local.data_bucket
    HELIOGRAPH_INGEST_QUEUE_URL            = module.ingest_queue.queue.url
    HELIOGRAPH_DEAD_LETTER_QUEUE_URL       = module.ingest_queue.dead_letter.url
    HELIOGRAPH_WATCH_QUEUE_URL             = module.watch_queue.queue.url
    HELIOGRAPH_WATCH_DEAD_LETTER_QUEUE_URL = module.watch_queue.dead_letter.url
    HELIOGRAPH_API_ORIGINS                 = join(",", var.api_origins)
  })

  statements = [
    {
      sid       = "QueryReadings"
      actions   = ["dynamodb:Query"]
      resources = [local.table_arns.readings, "${local.table_arns.readings}/index/*"]
    },
    {
      sid       = "ReadSitesAndDays"
      actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"]
      resources = [local.table_arns.sites]
    },
    {
      sid       = "RegisterSites"
      actions   = ["dynamodb:PutItem"]
      resources = [local.table_arns.sites]
    },
    {
      sid       = "ListSites"
      actions   = ["dynamodb:Query"]
      resources = ["${local.table_arns.sites}/index/fleet"]
    },
    {
      sid       = "ReadIngestionsAndTotals"
      actions   = ["dynamodb:GetItem", "dynamodb:Query"]
      resources = [local.table_arns.ingestions]
    },
    {
      sid       = "CountSites"
      actions   = ["dynamodb:UpdateItem"]
      resources = [local.table_arns.ingestions]
    },
    {
      sid       = "ReadIncidents"
      actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"]
      resources = [local.table_arns.incidents]
    },
    {
      sid       = "ListIncidents"
      actions   = ["dynamodb:Query"]
      resources = ["${local.table_arns.incidents}/index/listed"]
    },
    {
      # GetObjectVersion as well: S3 alone says when what it landed has landed.
      sid       = "LandReadings"
      actions   = ["s3:PutObject", "s3:GetObjectVersion"]
      resources = ["${local.data_bucket_arn}/raw/api/*"]
    },
    {
      # What people add: kept for good, so that everything can be rebuilt.
      sid       = "KeepFacts"
      actions   = ["s3:PutObject"]
      resources = ["${local.data_bucket_arn}/facts/*"]
    },
    {
      # What a version of a feed's profile says, and whether the next number is taken.
      sid       = "ReadFeedProfiles"
      actions   = ["s3:GetObject"]
      resources = ["${local.data_bucket_arn}/facts/feeds/*"]
    },
    {
      # What an edit of an id says already, where its author repeats one whose answer was lost.
      sid       = "ReadEdits"
      actions   = ["s3:GetObject"]
      resources = ["${local.data_bucket_arn}/facts/edits/*"]
    },
    {
      # An edit is in the totals within a minute.
      sid       = "AskForEvaluations"
      actions   = ["sqs:SendMessage"]
      resources = [local.watch_queue_arn]
    },
    {
      # Whether files land below a prefix, before somebody gives it a first profile.
      sid        = "FindWhatLanded"
      actions    = ["s3:ListBucket"]
      resources  = [local.data_bucket_arn]
      conditions = { StringLike = { "s3:prefix" = ["raw/*/"] } }
    },
    {
      sid       = "ReadQuarantine"
      actions   = ["s3:GetObject"]
      resources = ["${local.data_bucket_arn}/quarantine/*"]
    },
    {
      sid       = "CountMessages"
      actions   = ["sqs:GetQueueAttributes"]
      resources = [local.ingest_queue_arn, local.dead_letter_queue_arn, local.watch_queue_arn, local.watch_dead_letter_queue_arn]
    },
  ]
}

locals {
  # The least role that each route serves, as src/lambda_api/roles.py has it for each path. `$default` takes what is left:
  # methods that the API doesn't have.
  api_routes = {
    "GET /"            = "viewer"
    "GET /{proxy+}"    = "viewer"
    "POST /detect"     = "viewer"
    "POST /readings"   = "logger"
    "POST /{proxy+}"   = "operator"
    "PUT /{proxy+}"    = "operator"
    "PATCH /{proxy+}"  = "operator"
    "DELETE /{proxy+}" = "operator"
  }
  api_authorization = { iam = "AWS_IAM", jwt = "JWT", none = "NONE" }[var.api_auth]
  # What a token must name for a role, any of them; API Gateway asks for it, and so does the API.
  api_role_scopes = var.api_auth != "jwt" ? {} : {
    operator = [var.jwt.operator_scope]
    logger   = [var.jwt.operator_scope, var.jwt.logger_scope]
  }
  api_role_settings = merge(
    {
      HELIOGRAPH_API_ANYONE = var.api_anyone
    },
    var.api_auth != "jwt" ? {} : {
      HELIOGRAPH_API_OPERATOR_SCOPE = var.jwt.operator_scope
      HELIOGRAPH_API_LOGGER_SCOPE   = var.jwt.logger_scope
    },
  )
  # What a role may call, where callers sign. A logger reads nothing but what became of its own files.
  api_invoke = "${aws_apigatewayv2_api.this.execution_arn}/${aws_apigatewayv2_stage.default.name}"
  api_role_calls = {
    viewer   = ["${local.api_invoke}/GET/*", "${local.api_invoke}/POST/detect"]
    logger   = ["${local.api_invoke}/POST/readings", "${local.api_invoke}/GET/ingestions/*"]
    operator = ["${local.api_invoke}/*"]
  }

  # Named one by one: to a browser, "*" does not mean Authorization (Fetch standard, CORS-preflight fetch).
  api_request_headers = [
    "accept", "authorization", "content-encoding", "content-type", "if-none-match",
    "x-amz-content-sha256", "x-amz-date", "x-amz-security-token",
  ]
}

resource "aws_apigatewayv2_api" "this" {
  name          = "${local.prefix}-api"
  protocol_type = "HTTP"

  dynamic "cors_configuration" {
    for_each = length(var.api_origins) > 0 ? [var.api_origins] : []

    content {
      allow_origins  = cors_configuration.value
      allow_methods  = ["DELETE", "GET", "POST", "PUT"]
      allow_headers  = local.api_request_headers
      expose_headers = ["etag", "link", "retry-after"]
      max_age        = 3600
    }
  }
}

resource "aws_apigatewayv2_integration" "api" {
  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_uri        = module.api.call_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  count = var.api_auth == "jwt" ? 1 : 0

  api_id           = aws_apigatewayv2_api.this.id
  name             = "jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = var.jwt.issuer
    audience = var.jwt.audience
  }
}

# Routes by method, so that a policy or a scope can tell reading from writing. AWS documents the ARN of a method and a
# path, and none by which a policy could allow some methods of `$default`.
resource "aws_apigatewayv2_route" "role" {
  for_each = local.api_routes

  api_id               = aws_apigatewayv2_api.this.id
  route_key            = each.key
  target               = "integrations/${aws_apigatewayv2_integration.api.id}"
  authorization_type   = local.api_authorization
  authorizer_id        = var.api_auth == "jwt" ? aws_apigatewayv2_authorizer.jwt[0].id : null
  authorization_scopes = lookup(local.api_role_scopes, each.value, null)
}

resource "aws_apigatewayv2_route" "default" {
  api_id               = aws_apigatewayv2_api.this.id
  route_key            = "$default"
  target               = "integrations/${aws_apigatewayv2_integration.api.id}"
  authorization_type   = local.api_authorization
  authorizer_id        = var.api_auth == "jwt" ? aws_apigatewayv2_authorizer.jwt[0].id : null
  authorization_scopes = lookup(local.api_role_scopes, "operator", null)
}

# A browser asks first, without credentials, whether a page of another origin may call. `$default` catches that request
# too and would answer it 401, so it has a route of its own, which API Gateway answers by itself.
resource "aws_apigatewayv2_route" "preflight" {
  count = length(var.api_origins) > 0 && var.api_auth != "none" ? 1 : 0

  api_id             = aws_apigatewayv2_api.this.id
  route_key          = "OPTIONS /{proxy+}"
  target             = "integrations/${aws_apigatewayv2_integration.api.id}"
  authorization_type = "NONE"
}

resource "aws_cloudwatch_log_group" "api_access" {
  name              = "/heliograph/${var.environment}/api-access"
  retention_in_days = var.log_retention_days
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = var.api_throttle.rate
    throttling_burst_limit = var.api_throttle.burst
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api_access.arn
    format = jsonencode({
      requestId = "$context.requestId"
      time      = "$context.requestTime"
      ip        = "$context.identity.sourceIp"
      method    = "$context.httpMethod"
      path      = "$context.path"
      status    = "$context.status"
      millis    = "$context.responseLatency"
      bytes     = "$context.responseLength"
      error     = "$context.integrationErrorMessage"
    })
  }
}

resource "aws_lambda_permission" "api" {
  statement_id  = "http-api"
  action        = "lambda:InvokeFunction"
  function_name = module.api.name
  qualifier     = module.api.qualifier
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/*/*"
}
