# What an environment's roles promise, checked on their plan without AWS: who may take which, and what of the account they
# reach. Every run is of the module by itself; bootstrap.tftest.hcl has the account's side.
mock_provider "aws" {}

variables {
  repository  = "sunny/heliograph"
  environment = "prod"
  account = {
    id        = "123456789012"
    region    = "eu-west-1"
    arn       = "arn:aws"
    state     = "heliograph-state-123456789012"
    artifacts = "heliograph-artifacts-123456789012"
    locks     = "heliograph-locks"
    github    = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }
}

run "trust_by_name" {
  command = apply

  module {
    source = "./environment"
  }

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

  module {
    source = "./environment"
  }

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

  module {
    source = "./environment"
  }

  variables {
    branch = null
  }

  assert {
    condition     = !contains(keys(jsondecode(aws_iam_role.this["deploy"].assume_role_policy).Statement[0].Condition.StringEquals), "token.actions.githubusercontent.com:ref")
    error_message = "The branch can be left to GitHub's rule for the environment."
  }
}

run "plan_role" {
  command = apply

  module {
    source = "./environment"
  }

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

run "zips" {
  command = apply

  module {
    source = "./environment"
  }

  assert {
    condition = flatten([for each in local.policies.deploy : each.Resource if contains(each.Action, "s3:PutObject") && startswith(each.Sid, "PublishZips")]) == [
      "arn:aws:s3:::heliograph-artifacts-123456789012/prod/*",
    ]
    error_message = "An environment's zips are written by its own role alone: another one's would run as this one's code."
  }
}
