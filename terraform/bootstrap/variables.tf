variable "repository" {
  description = "The GitHub repository that deploys, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be owner/name, such as sunny/heliograph."
  }
}

variable "owner_id" {
  description = "Number of the repository's owner: `gh api repos/OWNER/NAME --jq .owner.id`. Set it together with repository_id."
  type        = string
  default     = null

  validation {
    condition     = var.owner_id == null || can(regex("^[0-9]+$", var.owner_id))
    error_message = "owner_id must be a number, as `gh api repos/OWNER/NAME --jq .owner.id` prints it."
  }

  validation {
    condition     = (var.owner_id == null) == (var.repository_id == null)
    error_message = "Set both owner_id and repository_id, or neither."
  }
}

variable "repository_id" {
  description = "Number of the repository: `gh api repos/OWNER/NAME --jq .id`. A repository that was created, renamed or transferred after 15 July 2026 needs it and owner_id, because GitHub's tokens name both."
  type        = string
  default     = null

  validation {
    condition     = var.repository_id == null || can(regex("^[0-9]+$", var.repository_id))
    error_message = "repository_id must be a number, as `gh api repos/OWNER/NAME --jq .id` prints it."
  }
}

variable "branch" {
  description = "The only branch whose jobs may deploy. Set null where IAM can't compare GitHub's claim `ref`, as outside the partition aws. Then only GitHub's own rule for the environment limits the branch."
  type        = string
  default     = "main"

  validation {
    condition     = var.branch == null || can(regex("^[A-Za-z0-9][A-Za-z0-9._/-]*$", var.branch))
    error_message = "branch must be a branch's name, such as main, without refs/heads/ and without wildcards."
  }
}

variable "environments" {
  description = "The environments to which GitHub's jobs may deploy, in the order of deployment. All are in one account and one region. No name may begin with another name and a dash, as prod-eu beside prod, because rights are granted by that prefix."
  type        = list(string)
  default     = ["prod"]

  validation {
    condition     = length(var.environments) > 0 && length(distinct(var.environments)) == length(var.environments)
    error_message = "environments must name at least one, and none twice, such as [\"staging\", \"prod\"]."
  }

  validation {
    condition     = alltrue([for name in var.environments : can(regex("^[a-z][a-z0-9-]{0,19}$", name))])
    error_message = "An environment's name must be 1 to 20 characters of a-z, 0-9 and dashes, and begin with a letter, such as prod."
  }

  validation {
    condition     = alltrue([for each in setproduct(var.environments, var.environments) : !startswith(each[0], "${each[1]}-")])
    error_message = "No environment's name may begin with another name and a dash, as prod-eu beside prod, because who deploys prod could change prod-eu. Call it eu-prod."
  }
}

variable "github_oidc_provider_arn" {
  description = "ARN of the account's OIDC provider for GitHub, if it has one: `aws iam list-open-id-connect-providers`. Its audiences must include sts.amazonaws.com. Null makes a provider; AWS refuses a second one with EntityAlreadyExists."
  type        = string
  default     = null

  validation {
    condition     = var.github_oidc_provider_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.github_oidc_provider_arn))
    error_message = "github_oidc_provider_arn must be arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com, as `aws iam list-open-id-connect-providers` prints it."
  }
}

variable "activate_cost_tag" {
  description = "Whether to activate the tag `project` for cost allocation, which `budget_counts = \"heliograph\"` needs. Leave it false at first: AWS knows a tag only a day after the first resource carries it, and only in an account that pays its own bills."
  type        = bool
  default     = false
}

variable "old_states_kept" {
  description = "How many earlier states to keep, whatever their age. S3 deletes the others after 90 days."
  type        = number
  default     = 20

  validation {
    condition     = var.old_states_kept >= 1 && var.old_states_kept <= 100 && floor(var.old_states_kept) == var.old_states_kept
    error_message = "old_states_kept must be a whole number from 1 to 100, as S3 accepts it."
  }
}

variable "zips_days" {
  description = "Days to keep a Lambda's zip. `make publish` uploads it again if it is needed later."
  type        = number
  default     = 180

  validation {
    condition     = var.zips_days >= 1 && floor(var.zips_days) == var.zips_days
    error_message = "zips_days must be a whole number of days, 1 or more."
  }
}
