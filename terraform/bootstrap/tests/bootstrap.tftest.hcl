# What the bootstrap promises, checked on its plan without AWS: who may take which role, and what is kept for how long.
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

run "trust_by_name" {
  command = apply

  assert {
    condition = jsondecode(aws_iam_role.this["deploy"].assume_role_policy).Statement[0].Condition.StringEquals == {
      "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
      "token.actions.githubusercontent.com:ref" = "refs/heads/main"
      "token.actions.githubusercontent.com:sub" = ["repo:sunny/heliograph:environment:prod"]
    }
    error_message = "Only jobs of the environment on main deploy."
  }
  assert {
    condition     = jsondecode(aws_iam_role.this["plan"].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:sunny/heliograph:pull_request"]
    error_message = "Pull requests plan."
  }
}

run "trust_by_id" {
  command = apply

  variables {
    owner_id      = "123456"
    repository_id = "456789"
  }

  assert {
    condition = jsondecode(aws_iam_role.this["deploy"].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] == [
      "repo:sunny/heliograph:environment:prod", "repo:sunny@123456/heliograph@456789:environment:prod",
    ]
    error_message = "Both forms of the subject are trusted, the one with the ids as GitHub writes it."
  }
  assert {
    condition     = jsondecode(aws_iam_role.this["plan"].assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"][1] == "repo:sunny@123456/heliograph@456789:pull_request"
    error_message = "Pull requests of a repository with ids plan."
  }
  assert {
    condition     = alltrue([for role in aws_iam_role.this : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:repository_id"] == "456789"])
    error_message = "Another repository of the same name is held off by its id."
  }
}

run "trust_without_the_claim_ref" {
  command = apply
  variables { branch = null }

  assert {
    condition     = !contains(keys(jsondecode(aws_iam_role.this["deploy"].assume_role_policy).Statement[0].Condition.StringEquals), "token.actions.githubusercontent.com:ref")
    error_message = "The branch can be left to GitHub's rule for the environment."
  }
}

run "plan_role" {
  command = apply

  assert {
    condition = alltrue(flatten([
      for each in local.policies.plan : [for action in each.Action : can(regex("^[a-z0-9-]+:(Get|List|Describe|View|GET)", action))]
    ]))
    error_message = "A plan runs a pull request's own code: it reads, and so takes no lock."
  }
  assert {
    condition     = flatten([for each in local.policies.plan : each.Resource if contains(each.Action, "s3:GetObject")]) == ["arn:aws:s3:::heliograph-state-123456789012/prod/terraform.tfstate"]
    error_message = "A plan reads its own environment's state, and no other object."
  }
  assert {
    condition     = alltrue([for each in local.policies.deploy : each.Resource != ["*"] if !contains(["ListLogGroups", "KeepAccessLog", "ChangeOurEventSources", "KeepTheBoundary"], each.Sid)])
    error_message = "The deploying role's statements name their resources."
  }
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
