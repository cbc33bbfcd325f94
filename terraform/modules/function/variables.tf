variable "name" {
  description = "Name of the function, of its role and of its log group."
  type        = string
}

variable "description" {
  description = "What it does, in a sentence."
  type        = string
}

variable "handler" {
  description = "The function that is called."
  type        = string
}

variable "package" {
  description = "Where its zip lies."
  type        = object({ bucket = string, key = string })
}

variable "runtime" {
  description = "Lambda runtime."
  type        = string
}

variable "memory_mb" {
  description = "Memory, MB; the share of a processor goes with it."
  type        = number
}

variable "timeout_seconds" {
  description = "The longest it may take, seconds."
  type        = number
}

variable "environment" {
  description = "Its environment variables."
  type        = map(string)
}

variable "statements" {
  description = "What it may do beside writing its own log and traces: each statement names its resources."
  type = list(object({
    sid        = string
    actions    = list(string)
    resources  = list(string)
    conditions = optional(map(map(list(string))), {})
  }))
}

variable "permissions_boundary" {
  description = "ARN of the policy that bounds its role, or null."
  type        = string
}

variable "log_retention_days" {
  description = "Days its log is kept."
  type        = number
}

variable "log_group_arn" {
  description = "ARN of its log group, made from names."
  type        = string
}

variable "snap_start" {
  description = "Whether a version is published with a snapshot of the started function."
  type        = bool
  default     = false
}
