variable "repository" {
  description = "The GitHub repository that deploys, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository is owner/name, such as sunny/heliograph."
  }
}

variable "owner_id" {
  description = "Number of the repository's owner: `gh api repos/OWNER/NAME --jq .owner.id`. With repository_id."
  type        = string
  default     = null

  validation {
    condition     = var.owner_id == null || can(regex("^[0-9]+$", var.owner_id))
    error_message = "owner_id is a number, as `gh api repos/OWNER/NAME --jq .owner.id` prints it."
  }

  validation {
    condition     = (var.owner_id == null) == (var.repository_id == null)
    error_message = "owner_id and repository_id go together: set both, or neither."
  }
}

variable "repository_id" {
  description = "Number of the repository: `gh api repos/OWNER/NAME --jq .id`. A repository that was created, renamed or transferred after 15 July 2026 needs it and owner_id: GitHub's tokens name both."
  type        = string
  default     = null

  validation {
    condition     = var.repository_id == null || can(regex("^[0-9]+$", var.repository_id))
    error_message = "repository_id is a number, as `gh api repos/OWNER/NAME --jq .id` prints it."
  }
}

variable "branch" {
  description = "The only branch whose jobs may deploy. Null where IAM can't compare GitHub's claim `ref`, as outside the partition aws; then only GitHub's own rule for the environment holds."
  type        = string
  default     = "main"

  validation {
    condition     = var.branch == null || can(regex("^[A-Za-z0-9][A-Za-z0-9._/-]*$", var.branch))
    error_message = "branch is a branch's name, such as main, without refs/heads/ and without wildcards."
  }
}

variable "environments" {
  description = "The environments whose GitHub jobs may deploy, in the order in which they are deployed to. All are in one account and one region. None may begin with another one's name and a dash, as prod-eu beside prod: rights go by that prefix."
  type        = list(string)
  default     = ["prod"]

  validation {
    condition     = length(var.environments) > 0 && length(distinct(var.environments)) == length(var.environments)
    error_message = "environments names one at least, and none twice, such as [\"staging\", \"prod\"]."
  }

  validation {
    condition     = alltrue([for name in var.environments : can(regex("^[a-z][a-z0-9-]{0,19}$", name))])
    error_message = "An environment's name is 1 to 20 of a-z, 0-9 and dashes, beginning with a letter, such as prod."
  }

  validation {
    condition     = alltrue([for each in setproduct(var.environments, var.environments) : !startswith(each[0], "${each[1]}-")])
    error_message = "No environment's name may begin with another one's and a dash, as prod-eu beside prod: who deploys prod could change it. Call it eu-prod."
  }
}

variable "github_oidc_provider_arn" {
  description = "ARN of the account's OIDC provider for GitHub, if it has one: `aws iam list-open-id-connect-providers`. Null makes one, which AWS refuses with EntityAlreadyExists where there is one. Its audiences must hold sts.amazonaws.com."
  type        = string
  default     = null

  validation {
    condition     = var.github_oidc_provider_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.github_oidc_provider_arn))
    error_message = "github_oidc_provider_arn is arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com, as `aws iam list-open-id-connect-providers` prints it."
  }
}

variable "activate_cost_tag" {
  description = "Whether to activate the tag `project` for cost allocation, which `budget_counts = \"heliograph\"` needs. AWS knows a tag a day after the first resource carries it, and only in an account that pays its own bills: leave it off at first."
  type        = bool
  default     = false
}

variable "old_states_kept" {
  description = "Earlier states that are kept, whatever their age; others go after 90 days."
  type        = number
  default     = 20

  validation {
    condition     = var.old_states_kept >= 1 && var.old_states_kept <= 100 && floor(var.old_states_kept) == var.old_states_kept
    error_message = "old_states_kept is a whole number from 1 to 100, as S3 takes it."
  }
}

variable "zips_days" {
  description = "Days that a Lambda's zip is kept. `make publish` uploads it anew if it is needed after that."
  type        = number
  default     = 180

  validation {
    condition     = var.zips_days >= 1 && floor(var.zips_days) == var.zips_days
    error_message = "zips_days is a whole number of days, 1 or more."
  }
}
