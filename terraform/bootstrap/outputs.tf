output "backend" {
  description = "Write this to terraform/ENVIRONMENT.backend.hcl."
  value       = local.backend
}

output "artifacts_bucket" {
  description = "Bucket for the Lambdas' zips."
  value       = local.artifacts
}

output "roles" {
  description = "ARNs of the roles that GitHub's jobs take; set them as variables of the repository and its environment."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}

output "boundary" {
  description = "ARN of the boundary that the stack's roles carry; the stack finds it by its name."
  value       = aws_iam_policy.boundary.arn
}

output "environments" {
  description = "The repository's variable ENVIRONMENTS, from which GitHub's jobs know where to deploy."
  value = jsonencode({
    (var.environment) = {
      region      = local.region
      artifacts   = local.artifacts
      backend     = local.backend
      plan_role   = aws_iam_role.this["plan"].arn
      deploy_role = aws_iam_role.this["deploy"].arn
    }
  })
}

locals {
  backend = <<-EOT
    bucket         = "${local.bucket}"
    key            = "${var.environment}/terraform.tfstate"
    region         = "${local.region}"
    dynamodb_table = "${local.locks}"
  EOT
}
