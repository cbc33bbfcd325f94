output "name" {
  description = "The function's name."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "The function's ARN."
  value       = aws_lambda_function.this.arn
}

output "call_arn" {
  description = "The ARN to invoke: the alias's if there is one, else the function's."
  value       = var.snap_start ? aws_lambda_alias.live[0].arn : aws_lambda_function.this.arn
}

output "qualifier" {
  description = "Name of the alias to invoke, or null."
  value       = var.snap_start ? aws_lambda_alias.live[0].name : null
}

output "statements" {
  description = "Everything that the function's role allows."
  value       = local.statements
}
