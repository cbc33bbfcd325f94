output "name" {
  description = "The function's name."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "The function's ARN."
  value       = aws_lambda_function.this.arn
}

output "call_arn" {
  description = "The ARN to call: the alias's where there is one."
  value       = var.snap_start ? aws_lambda_alias.live[0].arn : aws_lambda_function.this.arn
}

output "qualifier" {
  description = "The alias to call by, or null."
  value       = var.snap_start ? aws_lambda_alias.live[0].name : null
}

output "statements" {
  description = "All that its role allows."
  value       = local.statements
}
