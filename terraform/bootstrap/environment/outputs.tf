output "roles" {
  description = "ARNs of the roles that GitHub's jobs assume: plan and deploy."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}
