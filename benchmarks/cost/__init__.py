"""The bill: capacity units measured on the embedded AWS, and what they and all else cost.

meter.py     counts units
feeds.py     how readings arrive, run through the real processor and watch
bill.py      units and prices become dollars, and docs/reference/cost.md
prices.json  the prices, with their date
"""
