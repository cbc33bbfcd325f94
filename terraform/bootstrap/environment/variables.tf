# Checked where they are set, in ../variables.tf, which has their meaning too.
variable "environment" {
  description = "The environment's name. Rights are granted by it as a prefix."
  type        = string
}

variable "repository" {
  description = "The GitHub repository that deploys, as owner/name."
  type        = string
}

variable "owner_id" {
  description = "Number of the repository's owner, or null."
  type        = string
  default     = null
}

variable "repository_id" {
  description = "Number of the repository, or null."
  type        = string
  default     = null
}

variable "branch" {
  description = "The only branch whose jobs may deploy, or null."
  type        = string
  default     = "main"
}

variable "account" {
  description = "What all environments of the account share. arn: the beginning of its ARNs, such as arn:aws. state, artifacts, locks: names of their stores. github: ARN of the OIDC provider."
  type = object({
    id        = string
    region    = string
    arn       = string
    state     = string
    artifacts = string
    locks     = string
    github    = string
  })
}

locals {
  prefix = "heliograph-${var.environment}"
}
