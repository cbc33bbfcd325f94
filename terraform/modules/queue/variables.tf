variable "name" {
  description = "Name of the queue."
  type        = string
}

variable "dead_letter_name" {
  description = "Name of the dead-letter queue."
  type        = string
}

variable "arn_prefix" {
  description = "The part of a queue's ARN before its name. It is made from names, so policies don't wait for the queue."
  type        = string
}

variable "function_seconds" {
  description = "Timeout of the function that reads the queue, seconds."
  type        = number
}

variable "max_receives" {
  description = "How often a message is received before it becomes a dead letter."
  type        = number
}

variable "statements" {
  description = "Further statements of the queue's policy, which say who may send. The policy always requires TLS."
  type        = any
  default     = []
}
