# What things are called. ARNs are made from names, so that policies wait for nothing to be made.
locals {
  prefix    = "heliograph-${var.environment}"
  account   = data.aws_caller_identity.here.account_id
  region    = data.aws_region.here.name
  partition = data.aws_partition.here.partition
  arn       = "arn:${local.partition}"

  # What the bootstrap made for this environment's roles; it lets nobody make a role without.
  boundary = var.permissions_boundary == "" ? null : coalesce(var.permissions_boundary, "${local.arn}:iam::${local.account}:policy/${local.prefix}-boundary")

  data_bucket     = "${local.prefix}-data-${local.account}"
  data_bucket_arn = "${local.arn}:s3:::${local.data_bucket}"

  queue_arn_prefix = "${local.arn}:sqs:${local.region}:${local.account}"

  ingest_queue          = "${local.prefix}-ingest"
  ingest_queue_arn      = "${local.queue_arn_prefix}:${local.ingest_queue}"
  dead_letter_queue     = "${local.prefix}-dead-letter"
  dead_letter_queue_arn = "${local.queue_arn_prefix}:${local.dead_letter_queue}"

  watch_queue                 = "${local.prefix}-watch"
  watch_queue_arn             = "${local.queue_arn_prefix}:${local.watch_queue}"
  watch_dead_letter_queue     = "${local.prefix}-watch-dead-letter"
  watch_dead_letter_queue_arn = "${local.queue_arn_prefix}:${local.watch_dead_letter_queue}"

  alerts_topic     = "${local.prefix}-alerts"
  alerts_topic_arn = "${local.arn}:sns:${local.region}:${local.account}:${local.alerts_topic}"

  table_names = { for role in ["readings", "sites", "ingestions", "incidents"] : role => "${local.prefix}-${role}" }
  table_arns  = { for role, name in local.table_names : role => "${local.arn}:dynamodb:${local.region}:${local.account}:table/${name}" }
}
