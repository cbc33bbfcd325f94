# The tables. Their keys and indexes are those of src/heliograph/table_keys.py; a test compares the two.
locals {
  tables = {
    readings = {
      partition = "site_id"
      sort      = "timestamp"
      expires   = true
      indexes = {
        anomalies_by_site = { partition = "site_id", sort = "anomaly_at" }
        anomalies_by_day  = { partition = "anomaly_day", sort = "anomaly_key" }
      }
    }
    sites = {
      partition = "site_id"
      sort      = "part"
      expires   = false
      indexes = {
        fleet  = { partition = "fleet", sort = "site_id" }
        due    = { partition = "slot", sort = "site_id" }
        beside = { partition = "beside", sort = "beside_at" }
      }
    }
    ingestions = { partition = "hour", sort = "ingestion", expires = true, indexes = {} }
    incidents = {
      partition = "site_id"
      sort      = "incident"
      expires   = true
      indexes = {
        listed  = { partition = "listed", sort = "listed_at" }
        pending = { partition = "pending", sort = "pending_at" }
      }
    }
  }
}

resource "aws_dynamodb_table" "this" {
  for_each = local.tables

  name                        = local.table_names[each.key]
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = each.value.partition
  range_key                   = each.value.sort
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = toset(flatten([
      each.value.partition, each.value.sort, [for index in each.value.indexes : [index.partition, index.sort]]
    ]))

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.indexes

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.partition
      range_key       = global_secondary_index.value.sort
      projection_type = "ALL"
    }
  }

  dynamic "ttl" {
    for_each = each.value.expires ? ["expires_at"] : []

    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }
}
