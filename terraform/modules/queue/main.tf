# A queue with its dead letters: both encrypted, kept for a fortnight, and open over TLS alone.

resource "aws_sqs_queue" "this" {
  name                      = var.name
  message_retention_seconds = local.fortnight_seconds
  # Hidden six times as long as the function may take, as AWS advises: Lambda itself tries a throttled batch so long.
  visibility_timeout_seconds = 6 * var.function_seconds
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = var.max_receives
  })

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(var.statements, [local.tls_only_statement[var.name]])
  })
}

resource "aws_sqs_queue" "dead_letter" {
  name                       = var.dead_letter_name
  message_retention_seconds  = local.fortnight_seconds
  visibility_timeout_seconds = 30
  sqs_managed_sse_enabled    = true
  policy                     = jsonencode({ Version = "2012-10-17", Statement = [local.tls_only_statement[var.dead_letter_name]] })
}

locals {
  fortnight_seconds = 1209600

  tls_only_statement = {
    for name in [var.name, var.dead_letter_name] : name => {
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = "${var.arn_prefix}:${name}"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }
  }
}
