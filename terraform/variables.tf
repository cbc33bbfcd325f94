variable "environment" {
  description = "Name of the environment, such as prod or staging. It is part of every resource's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.environment))
    error_message = "environment is 1 to 20 of a-z, 0-9 and dashes, beginning with a letter, such as prod."
  }
}

variable "artifacts_bucket" {
  description = "Bucket that holds the Lambdas' zips; terraform/bootstrap makes it."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.artifacts_bucket))
    error_message = "artifacts_bucket is a bucket's name, as terraform/bootstrap prints it: no s3:// and no path."
  }
}

variable "packages" {
  description = "Key of each Lambda's zip in the artifacts bucket; `make publish` uploads them under their SHA-256."
  type        = object({ processor = string, watch = string, simulator = string, api = string })

  validation {
    condition     = alltrue([for key in values(var.packages) : endswith(key, ".zip")])
    error_message = "packages names the key of a .zip for processor, watch, simulator and api; `make publish` writes them."
  }
}

variable "runtime" {
  description = "Lambda runtime; the zips are built for it."
  type        = string
  default     = "python3.13"

  validation {
    condition     = can(regex("^python3[.][0-9]+$", var.runtime))
    error_message = "runtime is a Python of Lambda's, such as python3.13; build the zips for the same one."
  }
}

variable "retention_days" {
  description = "Days that readings, ingestions and incidents are kept, counted from landing."
  type        = number
  default     = 1095

  validation {
    condition     = var.retention_days >= 1 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days is a whole number of days, 1 or more."
  }
}

variable "raw_retention_days" {
  description = "Days that raw objects are kept, counted from landing: retention_days or more, since readings are rebuilt and audited from them. Null keeps them for ever."
  type        = number
  default     = null

  validation {
    condition     = var.raw_retention_days == null || try(var.raw_retention_days >= var.retention_days && floor(var.raw_retention_days) == var.raw_retention_days, false)
    error_message = "raw_retention_days is null or a whole number of days, not below retention_days."
  }
}

variable "quarantine_retention_days" {
  description = "Days that rejected records are kept, counted from landing: retention_days or more, since ingestions lead to them. Null keeps them for ever."
  type        = number
  default     = null

  validation {
    condition     = var.quarantine_retention_days == null || try(var.quarantine_retention_days >= var.retention_days && floor(var.quarantine_retention_days) == var.quarantine_retention_days, false)
    error_message = "quarantine_retention_days is null or a whole number of days, not below retention_days."
  }
}

variable "replaced_days" {
  description = "Days that a version which expired or was replaced is kept on, wherever objects expire; then it is deleted."
  type        = number
  default     = 90

  validation {
    condition     = var.replaced_days >= 1 && floor(var.replaced_days) == var.replaced_days
    error_message = "replaced_days is a whole number of days, 1 or more."
  }
}

variable "raw_days_until_cold" {
  description = "Days after which raw objects of 128 KiB or more move to a cheaper storage class. Smaller ones stay: each would be billed there as 128 KiB."
  type        = number
  default     = 90

  validation {
    condition     = var.raw_days_until_cold >= 30
    error_message = "raw_days_until_cold is 30 or more: S3 takes nothing into infrequent access earlier."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept; one of CloudWatch's own steps."
  type        = number
  default     = 365

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827], var.log_retention_days)
    error_message = "log_retention_days is one of CloudWatch's steps: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, …"
  }
}

variable "processor_concurrency" {
  description = "The most processors at work at once."
  type        = number
  default     = 50

  validation {
    condition     = var.processor_concurrency >= 2 && var.processor_concurrency <= 1000
    error_message = "processor_concurrency is 2 to 1000, as SQS event sources allow."
  }
}

variable "watch_on" {
  description = "Whether the watch's tick comes every minute."
  type        = bool
  default     = true
}

variable "watch_period" {
  description = "Minutes in which each site is evaluated once. Half as many cost twice the reads."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60], var.watch_period)
    error_message = "watch_period is a divisor of 60, such as 15, 30 or 60."
  }
}

variable "late_delay_seconds" {
  description = "Seconds that a job for an evaluation of late readings waits for more of them."
  type        = number
  default     = 60

  validation {
    condition     = var.late_delay_seconds >= 0 && var.late_delay_seconds <= 900
    error_message = "late_delay_seconds is 0 to 900, as SQS can delay a message."
  }
}

variable "watch_concurrency" {
  description = "The most watches at work at once."
  type        = number
  default     = 20

  validation {
    condition     = var.watch_concurrency >= 2 && var.watch_concurrency <= 1000
    error_message = "watch_concurrency is 2 to 1000, as SQS event sources allow."
  }
}

variable "incidents" {
  description = "When incidents end and how they notify: the clean readings and minutes that end one, the most messages before a digest, the minutes between a site's messages, and the address in front of /incidents/{id} in them, such as a dashboard's (if empty: the API's with api_auth = none, else messages name the command to type)."
  type = object({
    clean_readings          = optional(number, 3)
    clear_after_minutes     = optional(number, 60)
    digest_threshold        = optional(number, 20)
    repeat_interval_minutes = optional(number, 60)
    link                    = optional(string, "")
  })
  default = {}

  validation {
    condition     = var.incidents.clean_readings >= 1 && var.incidents.clear_after_minutes >= 0 && var.incidents.digest_threshold >= 1 && var.incidents.repeat_interval_minutes >= 0
    error_message = "incidents.clean_readings and incidents.digest_threshold are 1 or more, its minutes 0 or more."
  }
}

variable "retry_seconds" {
  description = "Seconds before a failed file comes back the first time; the wait doubles each time."
  type        = number
  default     = 30

  validation {
    condition     = var.retry_seconds >= 1 && var.retry_seconds <= 900
    error_message = "retry_seconds is 1 to 900."
  }
}

variable "simulator" {
  description = "The simulated fleet: whether its schedule is on, its size, its seed, and the share of site-days with a fault."
  type = object({
    on         = optional(bool, false)
    fleet_size = optional(number, 20)
    seed       = optional(number, 1)
    fault_rate = optional(number, 0.15)
  })
  default = {}

  validation {
    condition     = var.simulator.fleet_size >= 1 && var.simulator.fault_rate >= 0 && var.simulator.fault_rate <= 1
    error_message = "simulator.fleet_size is 1 or more, and simulator.fault_rate is 0 to 1."
  }
}

variable "api_auth" {
  description = "Who may call the API: iam (signed requests), jwt (tokens of an issuer), or none (anyone)."
  type        = string
  default     = "iam"

  validation {
    condition     = contains(["iam", "jwt", "none"], var.api_auth)
    error_message = "api_auth is iam, jwt or none."
  }
}

variable "jwt" {
  description = "Issuer and audience of the tokens, where api_auth is jwt."
  type        = object({ issuer = string, audience = list(string) })
  default     = null

  validation {
    condition     = var.api_auth != "jwt" || try(startswith(var.jwt.issuer, "https://") && length(var.jwt.audience) > 0, false)
    error_message = "api_auth = \"jwt\" needs jwt = { issuer = \"https://…\", audience = [\"…\"] }."
  }
}

variable "api_origins" {
  description = "Origins whose pages may call the API, to read and to write; none but its own where empty."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.api_origins : can(regex("^([*]|https?://[^/ ]+)$", origin))])
    error_message = "api_origins holds origins such as https://dashboard.example, without a path, or *."
  }
}

variable "api_throttle" {
  description = "Requests a second, and the burst above them, that the API takes from all callers together."
  type        = object({ rate = number, burst = number })
  default     = { rate = 100, burst = 200 }

  validation {
    condition     = var.api_throttle.rate > 0 && var.api_throttle.burst >= var.api_throttle.rate
    error_message = "api_throttle.rate is above 0, and api_throttle.burst is the rate or more."
  }
}

variable "alert_emails" {
  description = "Addresses that get every alert; each must confirm."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", address))])
    error_message = "alert_emails holds addresses such as ops@example.com."
  }
}

variable "alert_webhooks" {
  description = "HTTPS addresses that get every alert as SNS sends it."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_webhooks : startswith(address, "https://")])
    error_message = "alert_webhooks holds https:// addresses."
  }
}

variable "deletion_protection" {
  description = "Whether tables refuse to be deleted, and the bucket to be deleted while it holds anything."
  type        = bool
  default     = true
}

variable "permissions_boundary" {
  description = "ARN of the policy that bounds the stack's roles. Null takes the one that terraform/bootstrap made for this environment; an empty text goes without, which the deploying role refuses."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || try(can(regex("^(|arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+)$", var.permissions_boundary)), false)
    error_message = "permissions_boundary is the ARN of a policy, such as arn:aws:iam::123456789012:policy/heliograph-prod-boundary."
  }
}

variable "monthly_budget_usd" {
  description = "Dollars a month; alert_emails get a mail at 80 % of it, actual or forecast. 0 for no budget."
  type        = number
  default     = 0

  validation {
    condition     = var.monthly_budget_usd == 0 || length(var.alert_emails) > 0
    error_message = "monthly_budget_usd needs an address to write to: set alert_emails."
  }
}

variable "budget_counts" {
  description = "What the budget counts: the whole account, or heliograph, by its tag `project`. A tag counts only once it is activated for cost allocation; until then such a budget sees $0."
  type        = string
  default     = "account"

  validation {
    condition     = contains(["account", "heliograph"], var.budget_counts)
    error_message = "budget_counts is account or heliograph."
  }
}

variable "snap_start" {
  description = "Whether the API starts from a snapshot. Off only where the engine has none, as on the laptop."
  type        = bool
  default     = true
}
