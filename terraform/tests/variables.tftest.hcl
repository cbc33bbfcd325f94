# Each variable refuses a value it can't mean.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  environment      = "prod"
  artifacts_bucket = "artifacts"
  packages         = { processor = "processor/1.zip", watch = "watch/1.zip", simulator = "simulator/1.zip", api = "api/1.zip" }
}

run "bad_environment" {
  command = plan
  variables { environment = "Prod_1" }
  expect_failures = [var.environment]
}

run "bad_package" {
  command = plan
  variables { packages = { processor = "p", watch = "w", simulator = "s", api = "a" } }
  expect_failures = [var.packages]
}

run "bad_auth" {
  command = plan
  variables { api_auth = "basic" }
  expect_failures = [var.api_auth]
}

run "jwt_without_issuer" {
  command = plan
  variables { api_auth = "jwt" }
  expect_failures = [var.jwt]
}

run "jwt_with_two_scopes_in_one" {
  command = plan
  variables {
    api_auth = "jwt"
    jwt      = { issuer = "https://issuer.example", audience = ["heliograph"], operator_scope = "operate administer" }
  }
  expect_failures = [var.jwt]
}

run "role_that_is_none" {
  command = plan
  variables { api_anyone = "administrator" }
  expect_failures = [var.api_anyone]
}

run "bad_retention" {
  command = plan
  variables { retention_days = 0 }
  expect_failures = [var.retention_days]
}

run "bad_log_retention" {
  command = plan
  variables { log_retention_days = 8 }
  expect_failures = [var.log_retention_days]
}

run "bad_concurrency" {
  command = plan
  variables { processor_concurrency = 1 }
  expect_failures = [var.processor_concurrency]
}

run "bad_address" {
  command = plan
  variables { alert_emails = ["nobody"] }
  expect_failures = [var.alert_emails]
}

run "bad_webhook" {
  command = plan
  variables { alert_webhooks = ["http://hooks.example"] }
  expect_failures = [var.alert_webhooks]
}

run "budget_nobody_hears_of" {
  command = plan
  variables { monthly_budget_usd = 10 }
  expect_failures = [var.monthly_budget_usd]
}

run "bad_fault_rate" {
  command = plan
  variables { simulator = { fault_rate = 2 } }
  expect_failures = [var.simulator]
}

run "jwt_without_audience" {
  command = plan
  variables {
    api_auth = "jwt"
    jwt      = { issuer = "https://issuer.example", audience = [] }
  }
  expect_failures = [var.jwt]
}

run "bad_runtime" {
  command = plan
  variables { runtime = "nodejs22.x" }
  expect_failures = [var.runtime]
}

run "bad_artifacts_bucket" {
  command = plan
  variables { artifacts_bucket = "s3://artifacts" }
  expect_failures = [var.artifacts_bucket]
}

run "bad_origin" {
  command = plan
  variables { api_origins = ["https://dashboard.example/page"] }
  expect_failures = [var.api_origins]
}

run "bad_throttle" {
  command = plan
  variables { api_throttle = { rate = 10, burst = 1 } }
  expect_failures = [var.api_throttle]
}

run "bad_cold_age" {
  command = plan
  variables { raw_days_until_cold = 7 }
  expect_failures = [var.raw_days_until_cold]
}

run "bad_retry" {
  command = plan
  variables { retry_seconds = 0 }
  expect_failures = [var.retry_seconds]
}

run "bad_watch_period" {
  command = plan
  variables { watch_period = 7 }
  expect_failures = [var.watch_period]
}

run "bad_watch_concurrency" {
  command = plan
  variables { watch_concurrency = 1 }
  expect_failures = [var.watch_concurrency]
}

run "bad_late_delay" {
  command = plan
  variables { late_delay_seconds = 901 }
  expect_failures = [var.late_delay_seconds]
}

run "bad_incidents" {
  command = plan
  variables { incidents = { clean_readings = 0 } }
  expect_failures = [var.incidents]
}

run "raw_gone_before_its_readings" {
  command = plan
  variables { raw_retention_days = 1094 }
  expect_failures = [var.raw_retention_days]
}

run "quarantine_gone_before_its_ingestions" {
  command = plan
  variables {
    retention_days            = 30
    quarantine_retention_days = 29
  }
  expect_failures = [var.quarantine_retention_days]
}

run "replaced_versions_kept_for_no_time" {
  command = plan
  variables { replaced_days = 0 }
  expect_failures = [var.replaced_days]
}

run "boundary_that_is_no_policy" {
  command = plan
  variables { permissions_boundary = "heliograph-prod-boundary" }
  expect_failures = [var.permissions_boundary]
}

run "budget_of_something_else" {
  command = plan
  variables { budget_counts = "everything" }
  expect_failures = [var.budget_counts]
}
