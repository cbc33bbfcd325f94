# The most that any role of the stack may ever do, whatever policy the deploying role writes for it: work with the
# stack's own data. It holds nothing of IAM, so that no Lambda can become more than it is.
#
# A boundary allows nothing by itself: each role has its own, narrower policy, terraform/, a file a step.
resource "aws_iam_policy" "boundary" {
  #checkov:skip=CKV_AWS_290:X-Ray knows no resources, and keys are named by condition; a boundary only takes away
  #checkov:skip=CKV_AWS_355:as above
  name        = "${local.prefix}-boundary"
  description = "The most that a role of Heliograph's ${var.environment} may do."
  policy      = jsonencode({ Version = "2012-10-17", Statement = local.boundary })
}

locals {
  boundary_arn = "${var.account.arn}:iam::${var.account.id}:policy/${local.prefix}-boundary"

  boundary = [
    {
      Sid    = "ReadingsSitesIngestionsIncidents"
      Effect = "Allow"
      Action = [
        "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem",
        "dynamodb:GetItem", "dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert", "dynamodb:PartiQLSelect",
        "dynamodb:PartiQLUpdate", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
      ]
      Resource = ["${local.here.dynamodb}:table/${local.ours}"]
    },
    {
      # Not DeleteObject: nothing that landed is ever deleted by a Lambda.
      Sid      = "Files"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions", "s3:PutObject"]
      Resource = ["${var.account.arn}:s3:::${local.data}", "${var.account.arn}:s3:::${local.data}/*"]
    },
    {
      # What bucket, tables and functions are encrypted with: keys that AWS manages. Their own policies allow it, and a
      # boundary must not take it away.
      Sid       = "RequireEncryption"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      Resource  = ["*"]
      Condition = { StringEquals = { "kms:ViaService" = [for service in ["dynamodb", "lambda", "s3"] : "${service}.${var.account.region}.amazonaws.com"] } }
    },
    {
      Sid    = "Messages"
      Effect = "Allow"
      Action = [
        "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage",
        "sqs:SendMessage",
      ]
      Resource = ["${local.here.sqs}:${local.ours}"]
    },
    {
      Sid      = "Alerts"
      Effect   = "Allow"
      Action   = ["sns:Publish"]
      Resource = ["${local.here.sns}:${local.ours}"]
    },
    {
      Sid      = "Calls"
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = ["${local.here.lambda}:function:${local.ours}"]
    },
    {
      Sid      = "Logs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${local.here.logs}:log-group:/aws/lambda/${local.ours}:*"]
    },
    {
      Sid      = "Traces"
      Effect   = "Allow"
      Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
      Resource = ["*"]
    },
  ]
}
