"""The audit as pure functions: what the files brought, worked out anew, against what is kept of it.

histories.py  each reading's history
quarantine.py the quarantine of each file
counts.py     each file's ingestion, and the totals
"""
