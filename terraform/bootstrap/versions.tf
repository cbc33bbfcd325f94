# Run once in an account, by a person with admin rights; its state stays in this folder.
terraform {
  required_version = ">= 1.10, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.90, < 6.0"
    }
  }
}

provider "aws" {
  default_tags {
    tags = { project = "heliograph" }
  }
}

data "aws_caller_identity" "here" {}
data "aws_region" "here" {}
data "aws_partition" "here" {}

locals {
  account   = data.aws_caller_identity.here.account_id
  region    = data.aws_region.here.name
  arn       = "arn:${data.aws_partition.here.partition}"
  bucket    = "heliograph-state-${local.account}"
  artifacts = "heliograph-artifacts-${local.account}"
  locks     = "heliograph-locks"
}
