# State and zips: versioned, encrypted, private, TLS only.
resource "aws_s3_bucket" "this" {
  for_each = toset([local.bucket, local.artifacts])
  bucket   = each.value
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["${local.arn}:s3:::${each.key}", "${local.arn}:s3:::${each.key}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

# Expiry in a bucket with versions deletes nothing by itself: it hides an object behind a marker. What was hidden or
# replaced goes by a rule of its own, and so does a marker with nothing left behind it.
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  dynamic "rule" {
    for_each = each.key == local.artifacts ? [var.zips_days] : []

    content {
      id     = "zips-expire"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }

  rule {
    id     = "replaced-versions-go"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days           = each.key == local.artifacts ? 1 : 90
      newer_noncurrent_versions = each.key == local.artifacts ? null : var.old_states_kept
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

  depends_on = [aws_s3_bucket_versioning.this]
}

# What a budget that counts by tag needs; see the variable.
resource "aws_ce_cost_allocation_tag" "project" {
  count = var.activate_cost_tag ? 1 : 0

  tag_key = "project"
  status  = "Active"
}

resource "aws_dynamodb_table" "locks" {
  name                        = local.locks
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "LockID"
  deletion_protection_enabled = true

  attribute {
    name = "LockID"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }
}
