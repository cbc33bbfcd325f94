output "roles" {
  description = "ARNs of the roles that GitHub's jobs take, by what they do: plan, deploy."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}
