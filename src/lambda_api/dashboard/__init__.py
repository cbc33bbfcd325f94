"""The dashboard: static files for a browser, and what serves them.

index.html   the page
*.js         its code, a module a purpose, read as they stand by people and tests
views/       a module a view
style/       its style sheets
vendor/      uPlot, as it was published, with its licence
files.py     reads all of them
bundle.py    joins the modules into one file, so that a page is three requests and not thirty
"""
