# Who watches the pipeline: alarms that tell the alerts topic, a dashboard, a budget.
locals {
  functions = {
    processor = "${local.prefix}-processor"
    watch     = "${local.prefix}-watch"
    simulator = "${local.prefix}-simulator"
    api       = "${local.prefix}-api"
  }

  queue_alarms = {
    dead-letters = {
      queue     = local.dead_letter_queue
      metric    = "ApproximateNumberOfMessagesVisible"
      statistic = "Maximum"
      above     = 0
      says      = "Some files failed for good. `heliograph dlq list` shows which and why."
    }
    files-wait = {
      queue     = local.ingest_queue
      metric    = "ApproximateAgeOfOldestMessage"
      statistic = "Maximum"
      above     = 900
      says      = "A landed file has waited for 15 minutes. The processor is behind or failing."
    }
    watch-dead-letters = {
      queue     = local.watch_dead_letter_queue
      metric    = "ApproximateNumberOfMessagesVisible"
      statistic = "Maximum"
      above     = 0
      says      = "Some evaluations failed for good. The watch's log shows which and why. Fix the cause, then redrive this queue."
    }
    evaluations-wait = {
      queue     = local.watch_queue
      metric    = "ApproximateAgeOfOldestMessage"
      statistic = "Maximum"
      above     = 900
      says      = "Sites have waited for their evaluation for 15 minutes. The watch is behind or failing."
    }
  }

  function_alarms = {
    for pair in setproduct(keys(local.functions), ["Errors", "Throttles"]) :
    "${pair[0]}-${lower(pair[1])}" => { function = local.functions[pair[0]], metric = pair[1] }
  }
}

resource "aws_cloudwatch_metric_alarm" "queue" {
  for_each = local.queue_alarms

  alarm_name          = "${local.prefix}-${each.key}"
  alarm_description   = each.value.says
  namespace           = "AWS/SQS"
  metric_name         = each.value.metric
  dimensions          = { QueueName = each.value.queue }
  statistic           = each.value.statistic
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_metric_alarm" "function" {
  for_each = local.function_alarms

  alarm_name          = "${local.prefix}-${each.key}"
  alarm_description   = "${each.value.metric} of ${each.value.function} in each of the last three 5 minutes; see its log."
  namespace           = "AWS/Lambda"
  metric_name         = each.value.metric
  dimensions          = { FunctionName = each.value.function }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

# SQS leaves a message out of the age of the oldest once it was received three times, so this tells of a store that
# keeps refusing.
resource "aws_cloudwatch_metric_alarm" "files_held_up" {
  alarm_name          = "${local.prefix}-files-held-up"
  alarm_description   = "Files have come back for 15 minutes because a store refused; none is lost. Look for throttled tables, and at the processor's log."
  namespace           = "Heliograph"
  metric_name         = "FilesHeldUp"
  dimensions          = { service = "processor" }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

# It reaches the topic by another way than the messages that the topic refused.
resource "aws_cloudwatch_metric_alarm" "notifications_rejected" {
  for_each = toset(["processor", "watch"])

  alarm_name          = "${local.prefix}-${each.key}-messages-rejected"
  alarm_description   = "The topic refused a message about an incident in every form, so nobody got it; the ${each.key}'s log has its text."
  namespace           = "Heliograph"
  metric_name         = "NotificationsRejected"
  dimensions          = { service = each.key }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_metric_alarm" "no_file" {
  alarm_name          = "${local.prefix}-no-file-landed"
  alarm_description   = "No file landed for 15 minutes: the loggers, their network or their credentials."
  namespace           = "AWS/SQS"
  metric_name         = "NumberOfMessagesSent"
  dimensions          = { QueueName = local.ingest_queue }
  statistic           = "Sum"
  period              = 900
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

# The watch can't tell of its own silence, so this does. It goes by the tick's own metric: calls from the queue, for late
# data, are invocations too and would hide a schedule that is off.
resource "aws_cloudwatch_metric_alarm" "watch_not_invoked" {
  alarm_name          = "${local.prefix}-watch-not-invoked"
  alarm_description   = "The schedule didn't call the watch for 15 minutes: it is off, or may not call it."
  namespace           = "Heliograph"
  metric_name         = "SitesDue"
  dimensions          = { service = "watch" }
  statistic           = "SampleCount"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_metric_alarm" "api_errors" {
  alarm_name          = "${local.prefix}-api-5xx"
  alarm_description   = "The API answered more than one request in a hundred with a 5xx for 15 minutes."
  namespace           = "AWS/ApiGateway"
  metric_name         = "5xx"
  dimensions          = { ApiId = aws_apigatewayv2_api.this.id }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0.01
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_metric_alarm" "api_slow" {
  alarm_name          = "${local.prefix}-api-slow"
  alarm_description   = "One request in a hundred took over 3 seconds, for 15 minutes."
  namespace           = "AWS/ApiGateway"
  metric_name         = "Latency"
  dimensions          = { ApiId = aws_apigatewayv2_api.this.id }
  extended_statistic  = "p99"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 3000
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.prefix
  dashboard_body = jsonencode({
    widgets = [
      for number, widget in local.widgets : {
        type   = "metric"
        x      = (number % 2) * 12
        y      = floor(number / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          region  = local.region
          stat    = widget.stat
          period  = 300
          metrics = widget.metrics
        }
      }
    ]
  })
}

locals {
  widgets = [
    {
      title = "Files landed, waiting, failed for good"
      stat  = "Maximum"
      metrics = [
        ["AWS/SQS", "NumberOfMessagesSent", "QueueName", local.ingest_queue, { stat = "Sum" }],
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.ingest_queue],
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.dead_letter_queue],
      ]
    },
    {
      title   = "Readings stored, records rejected, readings flagged"
      stat    = "Sum"
      metrics = [for name in ["ReadingsStored", "RecordsRejected", "ReadingsFlagged"] : ["Heliograph", name, "service", "processor"]]
    },
    {
      title   = "From landing to stored (s)"
      stat    = "p99"
      metrics = [["Heliograph", "LandingToStored", "service", "processor"]]
    },
    {
      title = "Sites due, evaluated, re-evaluated"
      stat  = "Sum"
      metrics = [
        for name in ["SitesDue", "SitesEvaluated", "SitesReevaluated"] : ["Heliograph", name, "service", "watch"]
      ]
    },
    {
      title = "Watch: calls waiting, oldest (s), failed for good"
      stat  = "Maximum"
      metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.watch_queue],
        ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", local.watch_queue, { yAxis = "right" }],
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.watch_dead_letter_queue],
      ]
    },
    {
      title   = "Lambda: time (ms)"
      stat    = "p99"
      metrics = [for name in values(local.functions) : ["AWS/Lambda", "Duration", "FunctionName", name]]
    },
    {
      title   = "Lambda: errors"
      stat    = "Sum"
      metrics = [for name in values(local.functions) : ["AWS/Lambda", "Errors", "FunctionName", name]]
    },
    {
      title = "API: requests, 5xx"
      stat  = "Sum"
      metrics = [
        ["AWS/ApiGateway", "Count", "ApiId", aws_apigatewayv2_api.this.id],
        ["AWS/ApiGateway", "5xx", "ApiId", aws_apigatewayv2_api.this.id],
      ]
    },
  ]
}

resource "aws_budgets_budget" "monthly" {
  count = var.monthly_budget_usd > 0 ? 1 : 0

  name         = local.prefix
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  # A tag counts once it is activated, which AWS allows a day after the first deployment: until then the sum would be $0
  # and the alarm silent. So it is asked for.
  dynamic "cost_filter" {
    for_each = var.budget_counts == "heliograph" ? ["user:project$heliograph"] : []

    content {
      name   = "TagKeyValue"
      values = [cost_filter.value]
    }
  }

  dynamic "notification" {
    for_each = toset(["ACTUAL", "FORECASTED"])

    content {
      comparison_operator        = "GREATER_THAN"
      threshold                  = 80
      threshold_type             = "PERCENTAGE"
      notification_type          = notification.value
      subscriber_email_addresses = var.alert_emails
    }
  }
}
