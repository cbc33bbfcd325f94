# What each environment has of its own: its roles and their boundary. All else is the account's, made once for all.
module "environment" {
  source   = "./environment"
  for_each = toset(var.environments)

  environment   = each.key
  repository    = var.repository
  owner_id      = var.owner_id
  repository_id = var.repository_id
  branch        = var.branch
  account = {
    id        = local.account
    region    = local.region
    arn       = local.arn
    state     = local.bucket
    artifacts = local.artifacts
    locks     = local.locks
    github    = local.github
  }
}

locals {
  backends = { for name in var.environments : name => <<-EOT
    bucket         = "${local.bucket}"
    key            = "${name}/terraform.tfstate"
    region         = "${local.region}"
    dynamodb_table = "${local.locks}"
  EOT
  }

  # As scripts/environments.py reads it.
  fields = { for name, each in module.environment : name => {
    region      = local.region
    artifacts   = local.artifacts
    backend     = local.backends[name]
    plan_role   = each.roles["plan"]
    deploy_role = each.roles["deploy"]
  } }
}
