terraform {
  required_version = ">= 1.10, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.90, < 6.0"
    }
  }

  # The rest comes from a file for each environment, which terraform/bootstrap prints:
  #   terraform init -backend-config=prod.backend.hcl
  # The DynamoDB table and the lock file in S3 lock side by side, so that either kind of client is held off.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  default_tags {
    tags = {
      project     = "heliograph"
      environment = var.environment
    }
  }
}

data "aws_caller_identity" "here" {}
data "aws_region" "here" {}
data "aws_partition" "here" {}
