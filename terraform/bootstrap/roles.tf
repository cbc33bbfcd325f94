# Who deploys: GitHub's jobs, by tokens that last for minutes. No key is stored anywhere.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  # The exact subject of the jobs that may take each role: pull requests plan, the environment's own jobs deploy.
  subjects = {
    plan   = "repo:${var.repository}:pull_request"
    deploy = "repo:${var.repository}:environment:${var.environment}"
  }
  issuer = "token.actions.githubusercontent.com"
  ours   = "heliograph-${var.environment}-*"
}

resource "aws_iam_role" "this" {
  for_each = local.subjects

  name = "heliograph-${var.environment}-github-${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = each.value
        }
      }
    }]
  })
}

locals {
  lock_state = [
    {
      Sid      = "Lock"
      Effect   = "Allow"
      Action   = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
      Resource = ["${local.arn}:dynamodb:${local.region}:${local.account}:table/${local.locks}"]
    },
    {
      Sid      = "FindState"
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = ["${local.arn}:s3:::${local.bucket}"]
    },
    {
      Sid      = "LockInState"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
      Resource = ["${local.arn}:s3:::${local.bucket}/*.tflock"]
    },
    {
      Sid      = "ReadState"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = ["${local.arn}:s3:::${local.bucket}/*"]
    },
  ]

  read_resources = [{
    Sid    = "ReadWhatThereIs"
    Effect = "Allow"
    Action = [
      "apigateway:GET", "budgets:ViewBudget", "budgets:ListTagsForResource",
      "cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
      "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource",
      "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies",
      "lambda:GetAlias", "lambda:GetEventSourceMapping", "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig",
      "lambda:GetFunctionEventInvokeConfig", "lambda:GetPolicy", "lambda:ListTags", "lambda:ListVersionsByFunction",
      "logs:DescribeLogGroups", "logs:ListTagsForResource",
      "s3:GetAccelerateConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration",
      "s3:GetReplicationConfiguration", "s3:ListBucket",
      "scheduler:GetSchedule", "scheduler:ListTagsForResource",
      "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource",
      "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
    ]
    Resource = ["*"]
  }]

  change_resources = [
    {
      Sid    = "ChangeOurs"
      Effect = "Allow"
      Action = ["cloudwatch:*", "dynamodb:*", "lambda:*", "logs:*", "scheduler:*", "sns:*", "sqs:*"]
      Resource = [
        for service, resource in {
          cloudwatch = "alarm:${local.ours}"
          dynamodb   = "table/${local.ours}"
          lambda     = "function:${local.ours}"
          logs       = "log-group:*"
          scheduler  = "schedule/default/${local.ours}"
          sns        = local.ours
          sqs        = local.ours
        } : "${local.arn}:${service}:${local.region}:${local.account}:${resource}"
      ]
    },
    {
      # Their own names are given by AWS, or they have no region.
      Sid    = "ChangeWhatHasNoNameOfOurs"
      Effect = "Allow"
      Action = [
        "apigateway:*", "lambda:CreateEventSourceMapping", "lambda:UpdateEventSourceMapping", "lambda:DeleteEventSourceMapping",
        "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeResourcePolicies", "logs:GetLogDelivery",
        "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
      ]
      Resource = ["*"]
    },
    {
      # Terraform tags what it makes.
      Sid      = "TagOurEventSources"
      Effect   = "Allow"
      Action   = ["lambda:TagResource", "lambda:UntagResource"]
      Resource = ["${local.arn}:lambda:${local.region}:${local.account}:event-source-mapping:*"]
    },
    {
      # The smoke test asks the API, whose name is AWS's.
      Sid      = "AskTheApi"
      Effect   = "Allow"
      Action   = ["execute-api:Invoke"]
      Resource = ["${local.arn}:execute-api:${local.region}:${local.account}:*/$default/GET/records/smoke-test"]
    },
    {
      Sid      = "ChangeOurDashboard"
      Effect   = "Allow"
      Action   = ["cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards"]
      Resource = ["${local.arn}:cloudwatch::${local.account}:dashboard/heliograph-${var.environment}"]
    },
    {
      Sid      = "ChangeOurBudget"
      Effect   = "Allow"
      Action   = ["budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"]
      Resource = ["${local.arn}:budgets::${local.account}:budget/heliograph-${var.environment}"]
    },
    {
      Sid    = "ChangeOurBucketAndReadZips"
      Effect = "Allow"
      Action = ["s3:*"]
      Resource = [
        "${local.arn}:s3:::${local.ours}", "${local.arn}:s3:::${local.ours}/*",
        "${local.arn}:s3:::${local.artifacts}", "${local.arn}:s3:::${local.artifacts}/*",
      ]
    },
    {
      Sid    = "ChangeOurRoles"
      Effect = "Allow"
      Action = [
        "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:ListInstanceProfilesForRole", "iam:PutRolePolicy",
        "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy",
      ]
      Resource = [for name in ["api", "processor", "schedule", "simulator"] : "${local.arn}:iam::${local.account}:role/heliograph-${var.environment}-${name}"]
    },
    {
      Sid       = "PassOurRoles"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = [for name in ["api", "processor", "schedule", "simulator"] : "${local.arn}:iam::${local.account}:role/heliograph-${var.environment}-${name}"]
      Condition = { StringEquals = { "iam:PassedToService" = ["lambda.amazonaws.com", "scheduler.amazonaws.com"] } }
    },
    {
      Sid      = "WriteState"
      Effect   = "Allow"
      Action   = ["s3:PutObject"]
      Resource = ["${local.arn}:s3:::${local.bucket}/${var.environment}/*"]
    },
  ]

  policies = {
    plan   = concat(local.lock_state, local.read_resources)
    deploy = concat(local.lock_state, local.read_resources, local.change_resources)
  }
}

resource "aws_iam_role_policy" "this" {
  for_each = aws_iam_role.this

  name   = each.key
  role   = each.value.name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.policies[each.key] })
}
