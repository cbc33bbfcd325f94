variable "name" {
  description = "Name of the queue."
  type        = string
}

variable "dead_letter_name" {
  description = "Name of the queue of what failed for good."
  type        = string
}

variable "arn_prefix" {
  description = "What a queue's ARN begins with, before its name: made from names, so that policies wait for nothing."
  type        = string
}

variable "function_seconds" {
  description = "The longest that the function which reads it may take, seconds."
  type        = number
}

variable "max_receives" {
  description = "A message that was received so often becomes a dead letter."
  type        = number
}

variable "statements" {
  description = "Statements of the queue's policy beside that for TLS: who else may send."
  type        = any
  default     = []
}
