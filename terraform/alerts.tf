# Who is told. Filter policies can go by the attributes kind, severity, rule and site_id of each message.

resource "aws_sns_topic" "alerts" {
  name              = local.alerts_topic
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.alert_emails

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sns_topic_subscription" "webhook" {
  for_each = var.alert_webhooks

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "https"
  endpoint  = each.value
}
