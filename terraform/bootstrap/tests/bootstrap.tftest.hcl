# What the bootstrap promises, checked on its plan without AWS: what is kept for how long, environments
# side by side, what each bad variable says. environment.tftest.hcl has their roles.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
}

variables {
  repository = "sunny/heliograph"
}

run "kept" {
  command = apply

  assert {
    condition     = one(one([for rule in aws_s3_bucket_lifecycle_configuration.this["heliograph-state-123456789012"].rule : rule if rule.id == "replaced-versions-go"]).noncurrent_version_expiration) == { noncurrent_days = 90, newer_noncurrent_versions = 20 }
    error_message = "The last 20 states are kept, and others for 90 days."
  }
  assert {
    condition     = !contains([for rule in aws_s3_bucket_lifecycle_configuration.this["heliograph-state-123456789012"].rule : rule.id], "zips-expire")
    error_message = "The state itself never expires."
  }
  assert {
    condition     = one(one([for rule in aws_s3_bucket_lifecycle_configuration.this["heliograph-artifacts-123456789012"].rule : rule if rule.id == "zips-expire"]).expiration).days == 180
    error_message = "Old zips expire."
  }
  assert {
    condition     = alltrue([for each in aws_s3_bucket_lifecycle_configuration.this : one(one([for rule in each.rule : rule if rule.id == "leftovers-go"]).abort_incomplete_multipart_upload).days_after_initiation == 7])
    error_message = "Uploads that were broken off go."
  }
  assert {
    condition     = length(aws_ce_cost_allocation_tag.project) == 0
    error_message = "A tag that AWS hasn't seen yet isn't activated."
  }
}

run "cost_tag" {
  command = apply
  variables { activate_cost_tag = true }

  assert {
    condition     = aws_ce_cost_allocation_tag.project[0].tag_key == "project" && aws_ce_cost_allocation_tag.project[0].status == "Active"
    error_message = "The tag that the budget may go by is activated."
  }
}

run "id_without_its_owner" {
  command = plan
  variables { repository_id = "456789" }
  expect_failures = [var.owner_id]
}

run "id_that_is_a_name" {
  command = plan
  variables {
    owner_id      = "sunny"
    repository_id = "456789"
  }
  expect_failures = [var.owner_id]
}

run "repository_with_ids_in_it" {
  command = plan
  variables { repository = "sunny@123456/heliograph@456789" }
  expect_failures = [var.repository]
}

run "branch_with_a_wildcard" {
  command = plan
  variables { branch = "release/*" }
  expect_failures = [var.branch]
}

run "one_environment" {
  command = apply

  assert {
    condition     = output.backends.prod == "bucket         = \"heliograph-state-123456789012\"\nkey            = \"prod/terraform.tfstate\"\nregion         = \"eu-west-1\"\ndynamodb_table = \"heliograph-locks\"\n"
    error_message = "The backend is the text of its file."
  }
  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 1
    error_message = "An account that doesn't trust GitHub yet does so from now on."
  }
}

run "two_environments_side_by_side" {
  command = apply
  variables {
    environments = ["staging", "prod"]
  }

  assert {
    condition     = keys(module.environment) == ["prod", "staging"] && length(aws_s3_bucket.this) == 2
    error_message = "Each has roles of its own; buckets are the account's."
  }
  assert {
    condition     = startswith(output.environments, "{\"staging\":{") && keys(jsondecode(output.environments)) == ["prod", "staging"]
    error_message = "GitHub deploys to them in the order in which they were named, not in that of the alphabet."
  }
  assert {
    condition     = alltrue([for name, each in jsondecode(output.environments) : toset(keys(each)) == toset(["region", "artifacts", "backend", "plan_role", "deploy_role"])])
    error_message = "Each has the fields that scripts/environments.py reads."
  }
  assert {
    condition     = alltrue([for name, each in jsondecode(output.environments) : strcontains(each.backend, "\"${name}/terraform.tfstate\"")])
    error_message = "Each has a state of its own."
  }
}

run "github_is_trusted_already" {
  command = apply
  variables {
    github_oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && local.github == var.github_oidc_provider_arn
    error_message = "The account's own provider is used as it is; a second one would be refused with EntityAlreadyExists."
  }
}

run "provider_of_somebody_else" {
  command = plan
  variables {
    github_oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/gitlab.com"
  }
  expect_failures = [var.github_oidc_provider_arn]
}

run "environment_that_is_the_beginning_of_another" {
  command = plan
  variables {
    environments = ["prod-eu", "prod"]
  }
  expect_failures = [var.environments]
}

run "environment_twice" {
  command = plan
  variables {
    environments = ["prod", "prod"]
  }
  expect_failures = [var.environments]
}

run "no_environment" {
  command = plan
  variables {
    environments = []
  }
  expect_failures = [var.environments]
}

run "environment_with_a_wildcard" {
  command = plan
  variables {
    environments = ["prod*"]
  }
  expect_failures = [var.environments]
}
