# Where files land: the bucket, what it tells of, and the queue that tells the processor.

resource "aws_s3_bucket" "data" {
  bucket        = local.data_bucket
  force_destroy = !var.deletion_protection
}

resource "aws_s3_bucket_versioning" "data" {
  bucket = aws_s3_bucket.data.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id

  # S3's own key in KMS: CloudTrail tells each use of it, it costs no monthly fee, and the bucket key keeps requests few.
  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "data" {
  bucket                  = aws_s3_bucket.data.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.data_bucket_arn, "${local.data_bucket_arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.data]
}

# What is kept, and for how long. In a bucket with versions an expiry deletes nothing by itself: it hides the object
# behind a marker. So whatever expires has a second rule for its hidden versions, and markers with nothing behind them go.
locals {
  kept_days = { for prefix, days in {
    raw        = var.raw_retention_days
    quarantine = var.quarantine_retention_days
    labels     = var.retention_days
  } : prefix => days if days != null }

  infrequent_access_from_bytes = 131072
}

resource "aws_s3_bucket_lifecycle_configuration" "data" {
  bucket = aws_s3_bucket.data.id

  # S3 moves nothing smaller by itself, and bills what is smaller as 128 KiB: said here, so that nobody counts on more.
  transition_default_minimum_object_size = "all_storage_classes_128K"

  rule {
    id     = "large-raw-gets-cold"
    status = "Enabled"

    filter {
      and {
        prefix                   = "raw/"
        object_size_greater_than = local.infrequent_access_from_bytes - 1
      }
    }

    transition {
      days          = var.raw_days_until_cold
      storage_class = "STANDARD_IA"
    }
  }

  dynamic "rule" {
    for_each = local.kept_days

    content {
      id     = "${rule.key}-expire"
      status = "Enabled"

      filter {
        prefix = "${rule.key}/"
      }

      expiration {
        days = rule.value
      }

      noncurrent_version_expiration {
        noncurrent_days = var.replaced_days
      }
    }
  }

  rule {
    id     = "leftovers-go"
    status = "Enabled"

    filter {}

    expiration {
      expired_object_delete_marker = true
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.data]
}

resource "aws_s3_bucket_notification" "data" {
  bucket = aws_s3_bucket.data.id

  queue {
    id            = "landed"
    queue_arn     = module.ingest_queue.queue.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "raw/"
  }

  depends_on = [module.ingest_queue]
}

module "ingest_queue" {
  source = "./modules/queue"

  name             = local.ingest_queue
  dead_letter_name = local.dead_letter_queue
  arn_prefix       = local.queue_arn_prefix
  function_seconds = local.processor_seconds
  max_receives     = local.many_receives

  statements = [{
    Sid       = "AllowBucketNotifications"
    Effect    = "Allow"
    Principal = { Service = "s3.amazonaws.com" }
    Action    = "sqs:SendMessage"
    Resource  = local.ingest_queue_arn
    Condition = {
      ArnEquals    = { "aws:SourceArn" = local.data_bucket_arn }
      StringEquals = { "aws:SourceAccount" = local.account }
    }
  }]
}
