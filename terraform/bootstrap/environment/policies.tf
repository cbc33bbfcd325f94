# What GitHub's roles may do. `make test-referee` holds every call that Terraform makes against the deploying role, and
# shows that each statement is needed.
locals {
  ours   = "${local.prefix}-*"
  data   = "${local.prefix}-data-${var.account.id}"
  state  = "${var.account.arn}:s3:::${var.account.state}/${var.environment}/terraform.tfstate"
  here   = { for service in ["cloudwatch", "dynamodb", "lambda", "logs", "scheduler", "sns", "sqs"] : service => "${var.account.arn}:${service}:${var.account.region}:${var.account.id}" }
  apis   = "${var.account.arn}:apigateway:${var.account.region}:"
  roles  = "${var.account.arn}:iam::${var.account.id}:role/${local.ours}"
  github = "${var.account.arn}:iam::${var.account.id}:role/${local.prefix}-github-*"
  budget = "${var.account.arn}:budgets::${var.account.id}:budget/${local.prefix}"
  groups = ["/aws/lambda/${local.ours}", "/heliograph/${var.environment}/*"]

  policies = {
    plan   = concat(local.read_state, local.read_digest, local.read_resources)
    deploy = concat(local.read_state, local.write_state, local.read_resources, local.change_resources, local.change_roles)
  }

  # The state of this environment and of no other. A plan locks nothing (`make plan LOCK=false`): it runs the code of a
  # pull request, which could otherwise hold off every deployment.
  read_state = [
    {
      # S3 asks itself this when it looks for an object, and then there is no prefix: hence "if exists".
      Sid       = "FindState"
      Effect    = "Allow"
      Action    = ["s3:ListBucket"]
      Resource  = ["${var.account.arn}:s3:::${var.account.state}"]
      Condition = { StringLikeIfExists = { "s3:prefix" = ["env:/", "${var.environment}/*"] } }
    },
    {
      Sid      = "ReadState"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = [local.state]
    },
  ]

  # The lock table also holds the state's digest, which Terraform reads with the state.
  read_digest = [{
    Sid       = "ReadDigest"
    Effect    = "Allow"
    Action    = ["dynamodb:GetItem"]
    Resource  = ["${local.here.dynamodb}:table/${var.account.locks}"]
    Condition = { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = ["${var.account.state}/${var.environment}/terraform.tfstate-md5"] } }
  }]

  write_state = [
    {
      Sid      = "WriteState"
      Effect   = "Allow"
      Action   = ["s3:PutObject"]
      Resource = [local.state]
    },
    {
      Sid      = "LockInState"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
      Resource = ["${local.state}.tflock"]
    },
    {
      Sid      = "LockInTable"
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
      Resource = ["${local.here.dynamodb}:table/${var.account.locks}"]
      Condition = {
        "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["${var.account.state}/${var.environment}/terraform.tfstate*"] }
      }
    },
    {
      # Below its own name: where another environment could write, its code would run in this one.
      Sid      = "PublishZips"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = ["${var.account.arn}:s3:::${var.account.artifacts}/${var.environment}/*"]
    },
    {
      Sid       = "FindZips"
      Effect    = "Allow"
      Action    = ["s3:ListBucket"]
      Resource  = ["${var.account.arn}:s3:::${var.account.artifacts}"]
      Condition = { StringLikeIfExists = { "s3:prefix" = ["${var.environment}/*"] } }
    },
  ]

  read_resources = [
    {
      Sid    = "ReadOurs"
      Effect = "Allow"
      Action = [
        "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource", "budgets:ListTagsForResource", "budgets:ViewBudget",
        "dynamodb:Describe*", "dynamodb:ListTagsOfResource", "iam:GetRole", "iam:GetRolePolicy", "iam:List*",
        "lambda:GetAlias", "lambda:GetFunction*", "lambda:GetPolicy", "lambda:ListTags", "lambda:ListVersionsByFunction",
        "logs:ListTagsForResource", "s3:GetAccelerateConfiguration", "s3:GetBucket*", "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket", "scheduler:GetSchedule",
        "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource",
        "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
      ]
      Resource = concat(local.named, [local.roles, "${var.account.arn}:s3:::${local.data}"])
    },
    {
      # Their names are AWS's own, or they are only listed.
      Sid    = "ReadWhatHasNoNameOfOurs"
      Effect = "Allow"
      Action = ["apigateway:GET", "cloudwatch:DescribeAlarms", "lambda:ListTags"]
      Resource = [
        "${local.apis}:/apis", "${local.apis}:/apis/*", "${local.apis}:/tags/*", "${local.here.cloudwatch}:alarm:*",
        "${local.here.lambda}:event-source-mapping:*",
      ]
    },
    {
      # AWS asks for it of everything.
      Sid      = "ListLogGroups"
      Effect   = "Allow"
      Action   = ["logs:DescribeLogGroups"]
      Resource = ["*"]
    },
    {
      # Terraform looks up what the tables are encrypted with; that key's policy leaves the right to look to IAM.
      Sid       = "LookUpTheTablesKey"
      Effect    = "Allow"
      Action    = ["kms:DescribeKey"]
      Resource  = ["${var.account.arn}:kms:${var.account.region}:${var.account.id}:key/*"]
      Condition = { StringEquals = { "kms:RequestAlias" = "alias/aws/dynamodb" } }
    },
    {
      Sid       = "ReadOurEventSources"
      Effect    = "Allow"
      Action    = ["lambda:GetEventSourceMapping"]
      Resource  = ["${local.here.lambda}:event-source-mapping:*"]
      Condition = local.of_our_functions
    },
  ]

  # All that carries a name of ours.
  named = concat(
    [
      "${local.here.cloudwatch}:alarm:${local.ours}",
      "${var.account.arn}:cloudwatch::${var.account.id}:dashboard/${local.prefix}",
      "${local.here.dynamodb}:table/${local.ours}",
      "${local.here.lambda}:function:${local.ours}",
      "${local.here.scheduler}:schedule/default/${local.ours}",
      "${local.here.sns}:${local.ours}",
      "${local.here.sqs}:${local.ours}",
      local.budget,
    ],
    [for group in local.groups : "${local.here.logs}:log-group:${group}"],
  )

  of_our_functions = { ArnLike = { "lambda:FunctionArn" = "${local.here.lambda}:function:${local.ours}" } }

  change_resources = [
    {
      Sid      = "ChangeOurs"
      Effect   = "Allow"
      Action   = ["cloudwatch:*", "dynamodb:*", "lambda:*", "logs:*", "scheduler:*", "sns:*", "sqs:*"]
      Resource = local.named
    },
    {
      Sid      = "ChangeOurBudget"
      Effect   = "Allow"
      Action   = ["budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"]
      Resource = [local.budget]
    },
    {
      Sid      = "ChangeOurBucket"
      Effect   = "Allow"
      Action   = ["s3:*"]
      Resource = ["${var.account.arn}:s3:::${local.data}", "${var.account.arn}:s3:::${local.data}/*"]
    },
    {
      # HTTP APIs alone: an API's name is AWS's own. The ARN of tags is put together twice when an API is made with tags:
      # https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/997
      Sid      = "ChangeHttpApis"
      Effect   = "Allow"
      Action   = ["apigateway:*"]
      Resource = ["${local.apis}:/apis", "${local.apis}:/apis/*", "${local.apis}:/tags/*", "${local.apis}:${local.apis}:/tags/*"]
    },
    {
      # API Gateway asks for these in the caller's name where a stage keeps an access log; they know no resources:
      # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
      Sid    = "KeepAccessLog"
      Effect = "Allow"
      Action = [
        "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeResourcePolicies", "logs:GetLogDelivery",
        "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
      ]
      Resource = ["*"]
    },
    {
      Sid       = "ChangeOurEventSources"
      Effect    = "Allow"
      Action    = ["lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"]
      Resource  = ["*"]
      Condition = local.of_our_functions
    },
    {
      # Terraform tags what it makes.
      Sid      = "TagOurEventSources"
      Effect   = "Allow"
      Action   = ["lambda:TagResource", "lambda:UntagResource"]
      Resource = ["${local.here.lambda}:event-source-mapping:*"]
    },
    {
      # The smoke test asks the API, whose name is AWS's. A pattern for that name alone isn't sure to match: in an ARN's
      # first part behind the account wildcards aren't taken (IAM's page on ARNs, "Incorrect wildcard usage").
      Sid      = "AskTheApi"
      Effect   = "Allow"
      Action   = ["execute-api:Invoke"]
      Resource = ["${var.account.arn}:execute-api:${var.account.region}:${var.account.id}:*"]
    },
  ]

  # Roles are made and changed only within the boundary, which no statement here lets anybody widen or take off.
  change_roles = [
    {
      Sid    = "ChangeOurRolesWithinTheBoundary"
      Effect = "Allow"
      Action = [
        "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
      ]
      Resource  = [local.roles]
      Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
    },
    {
      # Which know no boundary.
      Sid      = "TagOurRoles"
      Effect   = "Allow"
      Action   = ["iam:TagRole", "iam:UntagRole"]
      Resource = [local.roles]
    },
    {
      Sid       = "PassOurRoles"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = [local.roles]
      Condition = { StringEquals = { "iam:PassedToService" = ["lambda.amazonaws.com", "scheduler.amazonaws.com"] } }
    },
    {
      # The first API of an account makes API Gateway's own role.
      Sid       = "LetApiGatewayHaveItsRole"
      Effect    = "Allow"
      Action    = ["iam:CreateServiceLinkedRole"]
      Resource  = ["${var.account.arn}:iam::${var.account.id}:role/aws-service-role/ops.apigateway.amazonaws.com/*"]
      Condition = { StringEquals = { "iam:AWSServiceName" = "ops.apigateway.amazonaws.com" } }
    },
    {
      # These hold even where somebody gives the role more.
      Sid      = "KeepTheBoundary"
      Effect   = "Deny"
      Action   = ["iam:DeleteRolePermissionsBoundary"]
      Resource = ["*"]
    },
    {
      Sid      = "LeaveWhoDeploys"
      Effect   = "Deny"
      Action   = ["iam:*"]
      Resource = [local.boundary_arn, local.github, var.account.github]
    },
  ]
}
