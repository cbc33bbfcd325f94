output "backends" {
  description = "Text of terraform/ENVIRONMENT.backend.hcl for each environment. `make backend ENV=ENVIRONMENT` writes it."
  value       = local.backends
}

output "artifacts_bucket" {
  description = "Bucket of the Lambdas' zips."
  value       = local.artifacts
}

# Put together by hand: an object of Terraform's own stands in the order of its names, and prod would come before staging.
output "environments" {
  description = "Value of the repository's variable ENVIRONMENTS, which tells GitHub's jobs where to deploy, in this order."
  value       = "{${join(",", [for name in var.environments : "${jsonencode(name)}:${jsonencode(local.fields[name])}"])}}"
}
