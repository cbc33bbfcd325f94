"""The reference pages of docs/reference that are made from the code, a module a page.

markdown.py    tables and the line that says who wrote a page
settings.py    environment variables of each Lambda and of the command
flags.py       every rule, and every limit with its source
metrics.py     what the Lambdas measure, and what calls somebody
tables.py      DynamoDB's tables and keys, S3's prefixes
terraform.py   variables and outputs of the stack and of its bootstrap
api.py         the API's OpenAPI document, and its paths and answers in words
cli.py         the commands
"""
