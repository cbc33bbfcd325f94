variable "environment" {
  description = "Name of the environment, such as prod or staging. It is part of every resource's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.environment))
    error_message = "environment must be 1 to 20 characters of a-z, 0-9 and dashes, and begin with a letter, such as prod."
  }
}

variable "artifacts_bucket" {
  description = "Bucket of the Lambdas' zips. terraform/bootstrap makes it."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.artifacts_bucket))
    error_message = "artifacts_bucket must be a bucket's name, as terraform/bootstrap prints it, without s3:// and without a path."
  }
}

variable "packages" {
  description = "Key of each Lambda's zip in the artifacts bucket. `make publish` uploads each zip under its SHA-256."
  type        = object({ processor = string, watch = string, simulator = string, api = string })

  validation {
    condition     = alltrue([for key in values(var.packages) : endswith(key, ".zip")])
    error_message = "packages must name the key of a .zip for each of processor, watch, simulator and api. `make publish` writes them."
  }
}

variable "runtime" {
  description = "Lambda runtime. The zips are built for it."
  type        = string
  default     = "python3.13"

  validation {
    condition     = can(regex("^python3[.][0-9]+$", var.runtime))
    error_message = "runtime must be one of Lambda's Python runtimes, such as python3.13. Build the zips for the same one."
  }
}

variable "retention_days" {
  description = "Days to keep readings, ingestions and incidents, counted from landing."
  type        = number
  default     = 1095

  validation {
    condition     = var.retention_days >= 1 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days must be a whole number of days, 1 or more."
  }
}

variable "raw_retention_days" {
  description = "Days to keep raw objects, counted from landing. It can't be below retention_days, because readings are rebuilt and audited from raw objects. Null keeps them for ever."
  type        = number
  default     = null

  validation {
    condition     = var.raw_retention_days == null || try(var.raw_retention_days >= var.retention_days && floor(var.raw_retention_days) == var.raw_retention_days, false)
    error_message = "raw_retention_days must be null or a whole number of days, and not below retention_days."
  }
}

variable "quarantine_retention_days" {
  description = "Days to keep rejected records, counted from landing. It can't be below retention_days, because ingestions refer to them. Null keeps them for ever."
  type        = number
  default     = null

  validation {
    condition     = var.quarantine_retention_days == null || try(var.quarantine_retention_days >= var.retention_days && floor(var.quarantine_retention_days) == var.quarantine_retention_days, false)
    error_message = "quarantine_retention_days must be null or a whole number of days, and not below retention_days."
  }
}

variable "replaced_days" {
  description = "Days to keep a version after it has expired or was replaced, wherever objects expire. Then S3 deletes it."
  type        = number
  default     = 90

  validation {
    condition     = var.replaced_days >= 1 && floor(var.replaced_days) == var.replaced_days
    error_message = "replaced_days must be a whole number of days, 1 or more."
  }
}

variable "raw_days_until_cold" {
  description = "Days after which raw objects of 128 KiB or more move to a cheaper storage class. Smaller ones stay, because that class bills each as 128 KiB."
  type        = number
  default     = 90

  validation {
    condition     = var.raw_days_until_cold >= 30
    error_message = "raw_days_until_cold must be 30 or more, because S3 moves nothing to infrequent access earlier."
  }
}

variable "log_retention_days" {
  description = "Days to keep logs, in one of CloudWatch's steps."
  type        = number
  default     = 365

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827], var.log_retention_days)
    error_message = "log_retention_days must be one of CloudWatch's steps: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, …"
  }
}

variable "processor_concurrency" {
  description = "The most processors that run at once."
  type        = number
  default     = 50

  validation {
    condition     = var.processor_concurrency >= 2 && var.processor_concurrency <= 1000
    error_message = "processor_concurrency must be 2 to 1000, as SQS event sources allow."
  }
}

variable "watch_on" {
  description = "Whether the watch ticks every minute."
  type        = bool
  default     = true
}

variable "watch_period" {
  description = "Minutes from one evaluation of a site to the next. Half the period costs twice the reads."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60], var.watch_period)
    error_message = "watch_period must be a divisor of 60, such as 15, 30 or 60."
  }
}

variable "late_delay_seconds" {
  description = "Seconds that a re-evaluation waits for more late readings before it starts."
  type        = number
  default     = 60

  validation {
    condition     = var.late_delay_seconds >= 0 && var.late_delay_seconds <= 900
    error_message = "late_delay_seconds must be 0 to 900, the longest delay of an SQS message."
  }
}

variable "watch_concurrency" {
  description = "The most watches that run at once."
  type        = number
  default     = 20

  validation {
    condition     = var.watch_concurrency >= 2 && var.watch_concurrency <= 1000
    error_message = "watch_concurrency must be 2 to 1000, as SQS event sources allow."
  }
}

variable "incidents" {
  description = "When incidents end, and how they notify. clean_readings, clear_after_minutes: what ends an incident. digest_threshold: more messages at once than this become one. repeat_interval_minutes: the time between messages of a site. link: the address before /incidents/{id} in messages, such as a dashboard's. If link is empty, messages link to the API where api_auth is none, and otherwise name the command to type."
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
    error_message = "incidents.clean_readings and incidents.digest_threshold must be 1 or more, and the minutes 0 or more."
  }
}

variable "retry_seconds" {
  description = "Seconds until the first retry of a failed file. The wait doubles with each retry."
  type        = number
  default     = 30

  validation {
    condition     = var.retry_seconds >= 1 && var.retry_seconds <= 900
    error_message = "retry_seconds must be 1 to 900."
  }
}

variable "simulator" {
  description = "The simulated fleet: whether its schedule runs, its size, its seed, and the share of site-days with a fault."
  type = object({
    on         = optional(bool, false)
    fleet_size = optional(number, 20)
    seed       = optional(number, 1)
    fault_rate = optional(number, 0.15)
  })
  default = {}

  validation {
    condition     = var.simulator.fleet_size >= 1 && var.simulator.fault_rate >= 0 && var.simulator.fault_rate <= 1
    error_message = "simulator.fleet_size must be 1 or more, and simulator.fault_rate 0 to 1."
  }
}

variable "api_auth" {
  description = "Who may call the API: iam (signed requests), jwt (tokens of an issuer), or none (anyone)."
  type        = string
  default     = "iam"

  validation {
    condition     = contains(["iam", "jwt", "none"], var.api_auth)
    error_message = "api_auth must be iam, jwt or none."
  }
}

variable "jwt" {
  description = "Issuer and audience of the tokens; api_auth = jwt needs them. operator_scope, logger_scope: the scopes that make a token's bearer an operator, or a logger, who may land readings. Any other token of the issuer is a viewer's."
  type = object({
    issuer         = string
    audience       = list(string)
    operator_scope = optional(string, "heliograph/operate")
    logger_scope   = optional(string, "heliograph/land")
  })
  default = null

  validation {
    condition     = var.api_auth != "jwt" || try(startswith(var.jwt.issuer, "https://") && length(var.jwt.audience) > 0, false)
    error_message = "api_auth = \"jwt\" needs jwt = { issuer = \"https://…\", audience = [\"…\"] }."
  }

  validation {
    condition     = var.jwt == null || try(alltrue([for scope in [var.jwt.operator_scope, var.jwt.logger_scope] : can(regex("^[!-~]+$", scope))]), false)
    error_message = "jwt.operator_scope and jwt.logger_scope must each be one scope, such as heliograph/operate."
  }
}

variable "api_anyone" {
  description = "The role of every caller where api_auth is none: viewer (reads), logger (also lands readings), or operator (may do all)."
  type        = string
  default     = "viewer"

  validation {
    condition     = contains(["viewer", "logger", "operator"], var.api_anyone)
    error_message = "api_anyone must be viewer, logger or operator."
  }
}

variable "api_origins" {
  description = "Origins whose pages may read and write through the API. Empty allows only the API's own pages."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.api_origins : can(regex("^([*]|https?://[^/ ]+)$", origin))])
    error_message = "api_origins must hold origins such as https://dashboard.example, without a path, or *."
  }
}

variable "api_throttle" {
  description = "Requests a second that the API accepts from all callers together, and the burst above that rate."
  type        = object({ rate = number, burst = number })
  default     = { rate = 100, burst = 200 }

  validation {
    condition     = var.api_throttle.rate > 0 && var.api_throttle.burst >= var.api_throttle.rate
    error_message = "api_throttle.rate must be above 0, and api_throttle.burst the rate or more."
  }
}

variable "alert_emails" {
  description = "Email addresses that get every alert. Each recipient must confirm."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", address))])
    error_message = "alert_emails must hold addresses such as ops@example.com."
  }
}

variable "alert_webhooks" {
  description = "HTTPS addresses that get every alert as SNS sends it."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_webhooks : startswith(address, "https://")])
    error_message = "alert_webhooks must hold https:// addresses."
  }
}

variable "deletion_protection" {
  description = "Whether to protect the tables from deletion, and the bucket while it isn't empty."
  type        = bool
  default     = true
}

variable "permissions_boundary" {
  description = "ARN of the permissions boundary of the stack's roles. Null takes the boundary that terraform/bootstrap made for this environment. An empty text sets none, and the deploying role refuses that."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || try(can(regex("^(|arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+)$", var.permissions_boundary)), false)
    error_message = "permissions_boundary must be the ARN of a policy, such as arn:aws:iam::123456789012:policy/heliograph-prod-boundary."
  }
}

variable "monthly_budget_usd" {
  description = "Budget, dollars a month. alert_emails get a mail when actual or forecast costs reach 80 % of it. 0 sets no budget."
  type        = number
  default     = 0

  validation {
    condition     = var.monthly_budget_usd == 0 || length(var.alert_emails) > 0
    error_message = "monthly_budget_usd needs an address to write to. Set alert_emails."
  }
}

variable "budget_counts" {
  description = "What the budget counts: account for the whole account, or heliograph for what carries its tag `project`. AWS counts a tag only after it is activated for cost allocation; until then that budget sees $0."
  type        = string
  default     = "account"

  validation {
    condition     = contains(["account", "heliograph"], var.budget_counts)
    error_message = "budget_counts must be account or heliograph."
  }
}

variable "snap_start" {
  description = "Whether the API starts from a SnapStart snapshot. Set false only where there is no SnapStart, as on the laptop."
  type        = bool
  default     = true
}
