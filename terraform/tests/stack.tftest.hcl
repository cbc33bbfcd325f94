# What the stack promises, checked on its plan without AWS: keys, wiring, retention, policies, auth modes.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = {
      arn = "arn:aws:sqs:eu-west-1:123456789012:heliograph-prod-a-queue"
      url = "https://queue"
    }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/heliograph-prod-a-role" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:heliograph-prod-a-function" }
  }
  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:heliograph-prod-a-function:live" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:heliograph-prod-alerts" }
  }
  mock_resource "aws_apigatewayv2_api" {
    defaults = {
      api_endpoint  = "https://api"
      execution_arn = "arn:aws:execute-api:eu-west-1:123456789012:abcdef"
    }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:a-group" }
  }
}

variables {
  environment      = "prod"
  artifacts_bucket = "artifacts"
  packages         = { processor = "processor/1.zip", watch = "watch/1.zip", simulator = "simulator/1.zip", api = "api/1.zip" }
}

run "tables" {
  command = plan

  assert {
    condition     = toset(keys(aws_dynamodb_table.this)) == toset(["readings", "sites", "ingestions", "incidents"])
    error_message = "There are four tables."
  }
  assert {
    condition     = aws_dynamodb_table.this["readings"].hash_key == "site_id" && aws_dynamodb_table.this["readings"].range_key == "timestamp"
    error_message = "Readings are kept by site and time."
  }
  assert {
    condition     = toset([for index in aws_dynamodb_table.this["readings"].global_secondary_index : index.name]) == toset(["anomalies_by_site", "anomalies_by_day"])
    error_message = "Readings have two indexes of anomalies."
  }
  assert {
    condition     = alltrue([for index in aws_dynamodb_table.this["readings"].global_secondary_index : index.projection_type == "ALL"])
    error_message = "An index holds whole readings, so that a page is one query."
  }
  assert {
    condition     = toset([for index in aws_dynamodb_table.this["sites"].global_secondary_index : "${index.name} ${index.hash_key} ${index.range_key}"]) == toset(["fleet fleet site_id", "due slot site_id", "beside beside beside_at"])
    error_message = "Sites are listed by the fleet index; the watch finds who is due by an index, and a site's neighbours by another."
  }
  assert {
    condition     = aws_dynamodb_table.this["ingestions"].hash_key == "hour" && aws_dynamodb_table.this["ingestions"].range_key == "ingestion"
    error_message = "Ingestions are kept by the hour their object landed."
  }
  assert {
    condition     = aws_dynamodb_table.this["incidents"].hash_key == "site_id" && aws_dynamodb_table.this["incidents"].range_key == "incident"
    error_message = "Incidents are kept by site and incident."
  }
  assert {
    condition     = alltrue([for table in aws_dynamodb_table.this : table.billing_mode == "PAY_PER_REQUEST"])
    error_message = "Tables are paid by request."
  }
  assert {
    condition     = alltrue([for table in aws_dynamodb_table.this : table.point_in_time_recovery[0].enabled])
    error_message = "Tables can be restored to any point in time."
  }
  assert {
    condition     = alltrue([for table in aws_dynamodb_table.this : table.deletion_protection_enabled])
    error_message = "Tables are protected unless a variable says otherwise."
  }
  assert {
    condition     = toset([for role, table in aws_dynamodb_table.this : role if length(table.ttl) > 0]) == toset(["readings", "ingestions", "incidents"])
    error_message = "All but the registry expires."
  }
}

run "landing" {
  command = plan

  assert {
    condition     = aws_s3_bucket.data.bucket == "heliograph-prod-data-123456789012"
    error_message = "The bucket's name has the environment and the account."
  }
  assert {
    condition     = !aws_s3_bucket.data.force_destroy
    error_message = "A protected bucket isn't emptied by destroy."
  }
  assert {
    condition     = aws_s3_bucket_versioning.data.versioning_configuration[0].status == "Enabled"
    error_message = "Every upload is kept as a version."
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.data.block_public_acls, aws_s3_bucket_public_access_block.data.block_public_policy,
      aws_s3_bucket_public_access_block.data.ignore_public_acls, aws_s3_bucket_public_access_block.data.restrict_public_buckets,
    ])
    error_message = "The bucket is private."
  }
  assert {
    condition     = jsondecode(aws_s3_bucket_policy.data.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    error_message = "The bucket refuses calls without TLS."
  }
  assert {
    condition     = one(aws_s3_bucket_notification.data.queue).filter_prefix == "raw/" && contains(one(aws_s3_bucket_notification.data.queue).events, "s3:ObjectCreated:*")
    error_message = "What is created under raw/ is told to the queue."
  }
  assert {
    condition     = one(one([for rule in aws_s3_bucket_lifecycle_configuration.data.rule : rule if rule.id == "large-raw-gets-cold"]).filter).and[0].object_size_greater_than == 131071 && aws_s3_bucket_lifecycle_configuration.data.transition_default_minimum_object_size == "all_storage_classes_128K"
    error_message = "Only raw objects of 128 KiB or more get cheaper with age, and the rule says so."
  }
  assert {
    condition     = !contains([for rule in aws_s3_bucket_lifecycle_configuration.data.rule : rule.id], "raw-expire")
    error_message = "Raw objects never expire unless asked for."
  }
  assert {
    condition     = !contains([for rule in aws_s3_bucket_lifecycle_configuration.data.rule : rule.id], "quarantine-expire")
    error_message = "Rejected records never expire unless asked for."
  }
  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_lifecycle_configuration.data.rule : length(rule.noncurrent_version_expiration) == 1
      if endswith(rule.id, "-expire")
    ])
    error_message = "Whatever expires is deleted: its hidden versions have a rule of their own."
  }
  assert {
    condition     = one(one([for rule in aws_s3_bucket_lifecycle_configuration.data.rule : rule if rule.id == "labels-expire"]).expiration).days == var.retention_days
    error_message = "Labels live as long as the readings that they are about."
  }
  assert {
    condition     = one(one([for rule in aws_s3_bucket_lifecycle_configuration.data.rule : rule if rule.id == "leftovers-go"]).expiration).expired_object_delete_marker && one(one([for rule in aws_s3_bucket_lifecycle_configuration.data.rule : rule if rule.id == "leftovers-go"]).abort_incomplete_multipart_upload).days_after_initiation == 7
    error_message = "Markers with nothing behind them and uploads that were broken off go."
  }
  assert {
    condition     = module.ingest_queue.queue.visibility_timeout_seconds == 6 * 300
    error_message = "A file at work stays hidden six times as long as the processor may take, as AWS advises."
  }
  assert {
    condition     = module.ingest_queue.dead_letter.message_retention_seconds == 1209600 && module.ingest_queue.queue.message_retention_seconds == 1209600
    error_message = "Messages are kept for a fortnight."
  }
  assert {
    condition     = jsondecode(module.ingest_queue.queue.policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == "arn:aws:s3:::heliograph-prod-data-123456789012"
    error_message = "Only our bucket may send to the ingest queue."
  }
  assert {
    condition     = module.ingest_queue.queue.sqs_managed_sse_enabled && module.ingest_queue.dead_letter.sqs_managed_sse_enabled
    error_message = "Queues are encrypted."
  }
  assert {
    condition     = try(length(aws_sns_topic.alerts.kms_master_key_id), 0) == 0 || aws_sns_topic.alerts.kms_master_key_id != "alias/aws/sns"
    error_message = "The topic isn't under AWS's own key, which alarms may not use."
  }
}

run "wiring" {
  command = apply

  assert {
    condition     = jsondecode(module.ingest_queue.queue.redrive_policy).maxReceiveCount == 200
    error_message = "The queue bears many receives: the processor counts the attempts."
  }
  assert {
    condition     = contains(aws_lambda_event_source_mapping.ingest.function_response_types, "ReportBatchItemFailures")
    error_message = "Only the messages that failed come back."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.ingest.scaling_config[0].maximum_concurrency == 50
    error_message = "Processors are bounded."
  }
  assert {
    condition     = aws_scheduler_schedule.simulator.state == "DISABLED" && aws_scheduler_schedule.simulator.schedule_expression == "rate(5 minutes)"
    error_message = "The simulator is off unless asked for."
  }
  assert {
    condition     = alltrue([for route in concat([aws_apigatewayv2_route.default], values(aws_apigatewayv2_route.role)) : route.authorization_type == "AWS_IAM" && length(coalesce(route.authorization_scopes, [])) == 0])
    error_message = "The API asks for signed requests unless told otherwise, on every route."
  }
  assert {
    condition     = toset([for key in keys(aws_apigatewayv2_route.role) : key if local.api_routes[key] == "viewer"]) == toset(["GET /", "GET /{proxy+}", "POST /detect"]) && [for key, role in local.api_routes : key if role == "logger"] == ["POST /readings"]
    error_message = "Whoever reads may read and have a file looked at; whoever lands readings may land them."
  }
  assert {
    condition = { for role, policy in output.api_policies : role => toset(one(jsondecode(policy).Statement).Resource) } == {
      viewer   = toset(["arn:aws:execute-api:eu-west-1:123456789012:abcdef/$default/GET/*", "arn:aws:execute-api:eu-west-1:123456789012:abcdef/$default/POST/detect"])
      logger   = toset(["arn:aws:execute-api:eu-west-1:123456789012:abcdef/$default/POST/readings", "arn:aws:execute-api:eu-west-1:123456789012:abcdef/$default/GET/ingestions/*"])
      operator = toset(["arn:aws:execute-api:eu-west-1:123456789012:abcdef/$default/*"])
    }
    error_message = "A role's policy allows its methods and paths of this API, and no other API's."
  }
  assert {
    condition     = local.api_role_settings == { HELIOGRAPH_API_ANYONE = "viewer" }
    error_message = "Whoever no authorizer names is a viewer unless told otherwise."
  }
  assert {
    condition     = length(aws_apigatewayv2_api.this.cors_configuration) == 0
    error_message = "No page of another origin may call the API unless named."
  }
  assert {
    condition     = length(aws_apigatewayv2_route.preflight) == 0
    error_message = "Nothing of the API is open where no other origin may call it."
  }
  assert {
    condition     = local.link == ""
    error_message = "Messages don't link to an API that answers a browser 403."
  }
  assert {
    condition     = aws_apigatewayv2_stage.default.default_route_settings[0].throttling_rate_limit == 100
    error_message = "The API is throttled."
  }
  assert {
    condition     = length(aws_apigatewayv2_stage.default.access_log_settings) == 1
    error_message = "The API keeps an access log."
  }
  assert {
    condition     = output.environment.HELIOGRAPH_READINGS_TABLE == "heliograph-prod-readings"
    error_message = "The command is told the tables' names."
  }
  assert {
    condition     = length(aws_budgets_budget.monthly) == 0
    error_message = "There is no budget without an amount."
  }
}

run "watch" {
  command = apply

  assert {
    condition     = aws_scheduler_schedule.watch.state == "ENABLED" && aws_scheduler_schedule.watch.schedule_expression == "rate(1 minute)"
    error_message = "The watch ticks every minute."
  }
  assert {
    condition     = var.watch_period == 30
    error_message = "Each site is evaluated every half hour unless told otherwise."
  }
  assert {
    condition     = module.watch_queue.queue.visibility_timeout_seconds == 6 * 300
    error_message = "A call at work stays hidden six times as long as the watch may take, as AWS advises."
  }
  assert {
    condition     = alltrue([for each in [aws_lambda_function_event_invoke_config.watch, aws_lambda_function_event_invoke_config.simulator] : each.maximum_event_age_in_seconds <= 300 && each.maximum_retry_attempts == 1])
    error_message = "A call of a schedule isn't tried by Lambda's own queue for six hours."
  }
  assert {
    condition     = jsondecode(module.watch_queue.queue.redrive_policy).maxReceiveCount == 200
    error_message = "The queue bears many receives: the watch buries what fails by itself."
  }
  assert {
    condition     = module.watch_queue.dead_letter.name == "heliograph-prod-watch-dead-letter" && module.watch_queue.dead_letter.name != module.ingest_queue.dead_letter.name
    error_message = "The watch's dead letters are apart from the files'."
  }
  assert {
    condition     = module.watch_queue.queue.sqs_managed_sse_enabled && module.watch_queue.dead_letter.sqs_managed_sse_enabled
    error_message = "Queues are encrypted."
  }
  assert {
    condition     = contains(aws_lambda_event_source_mapping.watch.function_response_types, "ReportBatchItemFailures") && aws_lambda_event_source_mapping.watch.scaling_config[0].maximum_concurrency == 20
    error_message = "Only the calls that failed come back, and watches are bounded."
  }
  assert {
    condition     = alltrue([for name in ["watch-dead-letters", "evaluations-wait"] : contains(keys(aws_cloudwatch_metric_alarm.queue), name)]) && alltrue([for name in ["watch-errors", "watch-throttles"] : contains(keys(aws_cloudwatch_metric_alarm.function), name)])
    error_message = "Someone is told when the watch fails, is throttled or is behind."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.watch_not_invoked.metric_name == "SitesDue" && aws_cloudwatch_metric_alarm.watch_not_invoked.statistic == "SampleCount"
    error_message = "Re-evaluations, which the queue calls for, don't hide that the schedule is off."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.watch_not_invoked.treat_missing_data == "breaching"
    error_message = "Someone is told when the watch isn't called."
  }
}

run "least_privilege" {
  command = apply

  assert {
    condition = alltrue(flatten([
      for statements in values(output.role_statements) : [for each in statements : each.Sid == "WriteTraces" || !contains(each.Resource, "*")]
    ]))
    error_message = "Every statement but that for traces names its resources."
  }
  assert {
    condition = alltrue(flatten([
      for statements in values(output.role_statements) : [for each in statements : [for action in each.Action : !strcontains(action, "*")]]
    ]))
    error_message = "No statement allows a whole service."
  }
  assert {
    condition = alltrue(flatten([
      for each in output.role_statements.api : [for action in each.Action : contains(["RegisterSites", "CountSites", "KeepFacts", "LandReadings", "FindWhatLanded", "AskForEvaluations"], each.Sid) || can(regex("^(dynamodb:(Query|GetItem|BatchGetItem)|s3:GetObject|sqs:GetQueueAttributes|logs:.*|xray:.*)$", action))]
    ]))
    error_message = "The API only reads, but for sites, what people add, what it lands, and the evaluations it asks for."
  }
  assert {
    condition = alltrue(flatten([
      for each in output.role_statements.api : [for resource in each.Resource : each.Sid == "FindWhatLanded" || !strcontains(resource, ":s3:::") || endswith(resource, "/raw/api/*") || endswith(resource, "/quarantine/*") || endswith(resource, "/facts/*") || endswith(resource, "/facts/feeds/*") || endswith(resource, "/facts/edits/*")]
    ]))
    error_message = "The API lands readings under raw/api/ and keeps what people add, and reads nothing of what others landed."
  }
  assert {
    condition = alltrue([
      for each in output.role_statements.api : one(each.Action) == "s3:ListBucket" && one(each.Condition.StringLike["s3:prefix"]) == "raw/*/"
      if each.Sid == "FindWhatLanded"
    ])
    error_message = "The API lists no more of the bucket than whether files lie below a prefix."
  }
  assert {
    condition     = one(one(output.role_statements.schedule).Action) == "lambda:InvokeFunction" && one(one(output.role_statements.schedule).Resource) == "arn:aws:lambda:eu-west-1:123456789012:function:heliograph-prod-simulator"
    error_message = "The schedule calls the simulator and nothing else."
  }
  assert {
    condition     = one(one(output.role_statements["watch-schedule"]).Action) == "lambda:InvokeFunction" && one(one(output.role_statements["watch-schedule"]).Resource) == "arn:aws:lambda:eu-west-1:123456789012:function:heliograph-prod-watch"
    error_message = "The watch's schedule calls the watch and nothing else."
  }
  assert {
    condition = alltrue(flatten([
      for each in output.role_statements.watch : [for resource in each.Resource : !strcontains(resource, ":s3:::")]
    ]))
    error_message = "The watch reaches no bucket."
  }
  assert {
    condition = alltrue([
      for each in output.role_statements.processor : alltrue([for resource in each.Resource : !endswith(resource, "/labels/*") && !endswith(resource, "-data-123456789012/*")])
    ])
    error_message = "The processor never sees the truth about simulated faults."
  }
  assert {
    condition = alltrue(flatten([
      for each in output.role_statements.simulator : [for resource in each.Resource : !strcontains(resource, ":dynamodb:")]
    ]))
    error_message = "The simulator reaches no table."
  }
}

run "retention" {
  command = plan

  variables {
    retention_days            = 400
    raw_retention_days        = 400
    quarantine_retention_days = 500
    replaced_days             = 7
  }

  assert {
    condition = { for rule in aws_s3_bucket_lifecycle_configuration.data.rule : rule.id => [
      one(rule.filter).prefix, one(rule.expiration).days, one(rule.noncurrent_version_expiration).noncurrent_days
      ] if endswith(rule.id, "-expire") } == {
      raw-expire        = ["raw/", 400, 7]
      quarantine-expire = ["quarantine/", 500, 7]
      labels-expire     = ["labels/", 400, 7]
    }
    error_message = "Where asked for, raw and refused objects expire, and hidden versions go after the days given."
  }
}

run "boundary" {
  command = apply

  assert {
    condition = alltrue([for role in [aws_iam_role.schedule, aws_iam_role.watch_schedule] :
    role.permissions_boundary == "arn:aws:iam::123456789012:policy/heliograph-prod-boundary"])
    error_message = "The roles of schedules carry the boundary that the bootstrap made."
  }
  assert {
    condition     = local.boundary == "arn:aws:iam::123456789012:policy/heliograph-prod-boundary"
    error_message = "The boundary is found by its name."
  }
}

run "simulator_on_and_jwt" {
  command = apply

  variables {
    simulator          = { on = true, fleet_size = 5 }
    api_auth           = "jwt"
    jwt                = { issuer = "https://issuer.example", audience = ["heliograph"] }
    api_origins        = ["https://dashboard.example"]
    alert_emails       = ["ops@example.com"]
    alert_webhooks     = ["https://hooks.example/a"]
    monthly_budget_usd = 50
    incidents          = { link = "https://dashboard.example" }
  }

  assert {
    condition     = local.link == "https://dashboard.example"
    error_message = "Messages link to the address that is given."
  }
  assert {
    condition     = aws_scheduler_schedule.simulator.state == "ENABLED"
    error_message = "The simulator can be turned on."
  }
  assert {
    condition     = alltrue([for route in concat([aws_apigatewayv2_route.default], values(aws_apigatewayv2_route.role)) : route.authorization_type == "JWT"]) && aws_apigatewayv2_authorizer.jwt[0].jwt_configuration[0].issuer == "https://issuer.example"
    error_message = "Tokens of the issuer are asked for."
  }
  assert {
    condition = { for key, route in merge(aws_apigatewayv2_route.role, { "$default" = aws_apigatewayv2_route.default }) : key => join(" ", sort(coalesce(route.authorization_scopes, []))) } == {
      "GET /"            = ""
      "GET /{proxy+}"    = ""
      "POST /detect"     = ""
      "POST /readings"   = "heliograph/land heliograph/operate"
      "POST /{proxy+}"   = "heliograph/operate"
      "PUT /{proxy+}"    = "heliograph/operate"
      "PATCH /{proxy+}"  = "heliograph/operate"
      "DELETE /{proxy+}" = "heliograph/operate"
      "$default"         = "heliograph/operate"
    }
    error_message = "What writes asks for the scope of its role."
  }
  assert {
    condition     = local.api_role_settings.HELIOGRAPH_API_OPERATOR_SCOPE == "heliograph/operate" && local.api_role_settings.HELIOGRAPH_API_LOGGER_SCOPE == "heliograph/land"
    error_message = "The API asks for the same scopes as the gateway."
  }
  assert {
    condition     = one(aws_apigatewayv2_api.this.cors_configuration).allow_origins == toset(["https://dashboard.example"])
    error_message = "The named origin may call the API."
  }
  assert {
    condition     = one(aws_apigatewayv2_route.preflight).route_key == "OPTIONS /{proxy+}" && one(aws_apigatewayv2_route.preflight).authorization_type == "NONE"
    error_message = "A preflight, which carries no token, isn't asked for one."
  }
  assert {
    condition     = one(aws_apigatewayv2_api.this.cors_configuration).allow_methods == toset(["DELETE", "GET", "POST", "PUT"]) && contains(one(aws_apigatewayv2_api.this.cors_configuration).allow_headers, "authorization") && !contains(one(aws_apigatewayv2_api.this.cors_configuration).allow_headers, "*")
    error_message = "Its pages may send what the API serves, with their token: a browser doesn't count Authorization among \"*\"."
  }
  assert {
    condition     = length(aws_sns_topic_subscription.email) == 1 && length(aws_sns_topic_subscription.webhook) == 1
    error_message = "Each address is subscribed."
  }
  assert {
    condition     = length(aws_budgets_budget.monthly[0].notification) == 2
    error_message = "The budget tells of spending seen and forecast."
  }
  assert {
    condition     = length(aws_budgets_budget.monthly[0].cost_filter) == 0
    error_message = "The budget counts what AWS can count at once: a tag that isn't activated sums up to $0."
  }
}

run "open_api_and_no_protection" {
  command = apply

  variables {
    api_auth             = "none"
    api_anyone           = "logger"
    deletion_protection  = false
    snap_start           = false
    permissions_boundary = ""
    monthly_budget_usd   = 50
    budget_counts        = "heliograph"
    alert_emails         = ["ops@example.com"]
  }

  assert {
    condition     = alltrue([for route in concat([aws_apigatewayv2_route.default], values(aws_apigatewayv2_route.role)) : route.authorization_type == "NONE" && length(coalesce(route.authorization_scopes, [])) == 0])
    error_message = "The API can be opened, on purpose."
  }
  assert {
    condition     = local.api_role_settings.HELIOGRAPH_API_ANYONE == "logger"
    error_message = "An open API can take readings, on purpose."
  }
  assert {
    condition     = local.link == "https://api"
    error_message = "Messages link to an API that a browser can open."
  }
  assert {
    condition     = aws_s3_bucket.data.force_destroy && !aws_dynamodb_table.this["readings"].deletion_protection_enabled
    error_message = "A stack for tests can be destroyed whole."
  }
  assert {
    condition     = one(aws_budgets_budget.monthly[0].cost_filter).values == tolist(["user:project$heliograph"])
    error_message = "A budget can count by tag, once the tag is activated."
  }
  assert {
    condition     = local.boundary == null
    error_message = "A stack that an administrator deploys can go without a boundary."
  }
}
