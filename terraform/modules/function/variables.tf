variable "name" {
  description = "Name of the function, of its role and of its log group."
  type        = string
}

variable "description" {
  description = "What the function does, in a sentence."
  type        = string
}

variable "handler" {
  description = "The handler that Lambda calls."
  type        = string
}

variable "package" {
  description = "Bucket and key of the function's zip."
  type        = object({ bucket = string, key = string })
}

variable "runtime" {
  description = "Lambda runtime."
  type        = string
}

variable "memory_mb" {
  description = "Memory, MB. Lambda gives CPU in proportion to it."
  type        = number
}

variable "timeout_seconds" {
  description = "Timeout, seconds."
  type        = number
}

variable "environment" {
  description = "Environment variables of the function."
  type        = map(string)
}

variable "statements" {
  description = "What the function may do besides writing its own logs and traces. Each statement names its resources."
  type = list(object({
    sid        = string
    actions    = list(string)
    resources  = list(string)
    conditions = optional(map(map(list(string))), {})
  }))
}

variable "permissions_boundary" {
  description = "ARN of the permissions boundary of the function's role, or null."
  type        = string
}

variable "log_retention_days" {
  description = "Days to keep the function's logs."
  type        = number
}

variable "log_group_arn" {
  description = "ARN of the function's log group, made from names."
  type        = string
}

variable "snap_start" {
  description = "Whether to publish a version with a SnapStart snapshot."
  type        = bool
  default     = false
}
