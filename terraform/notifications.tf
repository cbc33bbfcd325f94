# Who is notified. Filter policies can go by the attributes kind, severity, rule and site_id of each message.

# SNS encrypts its disks. A topic under alias/aws/sns would refuse CloudWatch's alarms, which may not use that key, and
# they would fall silent; see .checkov.yaml on keys of our own.
resource "aws_sns_topic" "alerts" {
  #checkov:skip=CKV_AWS_26:alarms can't publish to a topic under the AWS-managed key, and own keys are declined in .checkov.yaml
  name = local.alerts_topic
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
