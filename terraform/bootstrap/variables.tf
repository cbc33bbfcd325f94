variable "repository" {
  description = "The GitHub repository that deploys, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository is owner/name, such as sunny/heliograph."
  }
}

variable "environment" {
  description = "The environment whose GitHub jobs may deploy."
  type        = string
  default     = "prod"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.environment))
    error_message = "environment is 1 to 20 of a-z, 0-9 and dashes, beginning with a letter, such as prod."
  }
}
