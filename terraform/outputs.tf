output "api" {
  description = "Address of the API."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "api_policies" {
  description = "With api_auth = iam: the IAM policy that gives a principal each of the API's roles, as JSON."
  value = {
    for role, calls in local.api_role_calls : role => jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Sid = "CallHeliograph", Effect = "Allow", Action = ["execute-api:Invoke"], Resource = calls }]
    })
  }
}

output "bucket" {
  description = "Bucket where files land, under raw/."
  value       = aws_s3_bucket.data.bucket
}

output "ingest_queue_url" {
  description = "Queue of the landed files to process."
  value       = module.ingest_queue.queue.url
}

output "dead_letter_queue_url" {
  description = "Dead-letter queue of the processor: files that failed for good."
  value       = module.ingest_queue.dead_letter.url
}

output "watch_queue_url" {
  description = "Queue of the sites to evaluate."
  value       = module.watch_queue.queue.url
}

output "watch_dead_letter_queue_url" {
  description = "Dead-letter queue of the watch: evaluation jobs that failed for good."
  value       = module.watch_queue.dead_letter.url
}

output "alerts_topic_arn" {
  description = "SNS topic of the alerts."
  value       = aws_sns_topic.alerts.arn
}

output "tables" {
  description = "Names of the tables, by role."
  value       = local.table_names
}

output "functions" {
  description = "Names of the Lambdas, by role."
  value = {
    processor = module.processor.name
    watch     = module.watch.name
    simulator = module.simulator.name
    api       = module.api.name
  }
}

output "role_statements" {
  description = "What each role allows. Tests remove each grant in turn."
  value = {
    processor      = module.processor.statements
    watch          = module.watch.statements
    simulator      = module.simulator.statements
    api            = module.api.statements
    schedule       = local.schedule_statements
    watch-schedule = local.watch_schedule_statements
  }
}

output "environment" {
  description = "The environment variables with which the heliograph command and the charts find this stack."
  value = {
    AWS_DEFAULT_REGION                     = local.region
    HELIOGRAPH_API                         = aws_apigatewayv2_api.this.api_endpoint
    HELIOGRAPH_BUCKET                      = aws_s3_bucket.data.bucket
    HELIOGRAPH_READINGS_TABLE              = local.table_names.readings
    HELIOGRAPH_SITES_TABLE                 = local.table_names.sites
    HELIOGRAPH_INGESTIONS_TABLE            = local.table_names.ingestions
    HELIOGRAPH_INCIDENTS_TABLE             = local.table_names.incidents
    HELIOGRAPH_INGEST_QUEUE_URL            = module.ingest_queue.queue.url
    HELIOGRAPH_DEAD_LETTER_QUEUE_URL       = module.ingest_queue.dead_letter.url
    HELIOGRAPH_WATCH_QUEUE_URL             = module.watch_queue.queue.url
    HELIOGRAPH_WATCH_DEAD_LETTER_QUEUE_URL = module.watch_queue.dead_letter.url
    HELIOGRAPH_RETENTION_DAYS              = tostring(var.retention_days)
  }
}
