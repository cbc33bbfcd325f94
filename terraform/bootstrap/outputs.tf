output "backend" {
  description = "Write this to terraform/ENVIRONMENT.backend.hcl."
  value       = <<-EOT
    bucket         = "${local.bucket}"
    key            = "${var.environment}/terraform.tfstate"
    region         = "${local.region}"
    dynamodb_table = "${local.locks}"
  EOT
}

output "artifacts_bucket" {
  description = "Bucket for the Lambdas' zips."
  value       = local.artifacts
}

output "roles" {
  description = "ARNs of the roles that GitHub's jobs take; set them as variables of the repository and its environment."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}
