output "queue" {
  description = "The queue."
  value       = aws_sqs_queue.this
}

output "dead_letter" {
  description = "The dead-letter queue."
  value       = aws_sqs_queue.dead_letter
}
