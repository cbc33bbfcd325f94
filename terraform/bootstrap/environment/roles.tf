# Who deploys: GitHub's jobs, by tokens that last for minutes. No key is stored anywhere.
locals {
  issuer = "token.actions.githubusercontent.com"

  # A repository that was created, renamed or transferred after 15 July 2026 presents its ids with its names:
  # https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
  names = concat([var.repository], var.repository_id == null ? [] : [
    "${split("/", var.repository)[0]}@${var.owner_id}/${split("/", var.repository)[1]}@${var.repository_id}",
  ])

  # The exact subjects of the jobs that may take each role: pull requests plan, the environment's own jobs deploy.
  subjects = {
    plan   = [for name in local.names : "repo:${name}:pull_request"]
    deploy = [for name in local.names : "repo:${name}:environment:${var.environment}"]
  }

  # What else a token must say: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
  # lists the claims of GitHub's that IAM compares. An environment's subject names no branch, so the claim `ref` does; and
  # the id holds off whoever takes over a repository's former name.
  claims = {
    plan   = local.same_repository
    deploy = merge(local.same_repository, var.branch == null ? {} : { "${local.issuer}:ref" = "refs/heads/${var.branch}" })
  }
  same_repository = var.repository_id == null ? {} : { "${local.issuer}:repository_id" = var.repository_id }
}

resource "aws_iam_role" "this" {
  for_each = local.subjects

  name = "${local.prefix}-github-${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = var.account.github }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = merge(local.claims[each.key], {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = each.value
        })
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  for_each = aws_iam_role.this

  name   = each.key
  role   = each.value.name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.policies[each.key] })

  lifecycle {
    precondition {
      # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, spaces not counted.
      condition     = length(jsonencode({ Version = "2012-10-17", Statement = local.policies[each.key] })) <= 10240
      error_message = "A role's inline policies may hold 10,240 characters. Move some statements to a managed policy."
    }
  }
}
