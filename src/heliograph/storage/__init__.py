"""The stores: how what the core decides is kept in AWS. Clients are passed in; nothing is opened on import.

Each store has a protocol in `ports`, so that logic is tested against a fake and never against a mock.
"""
