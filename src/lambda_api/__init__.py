"""lambda_api."""
