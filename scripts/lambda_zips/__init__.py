"""Packaging: one zip a Lambda, the same bytes from the same tree.

recipe.py    what there is to build: the Lambdas, their budgets, the machines they run on
install.py   a Lambda's locked packages, unpacked into a folder by uv
slim.py      what botocore reads at each start, lightened
contents.py  which of those files, and which of our own, go into the zip; sorted, with fixed dates and modes
build.py     all of it together, where what a zip was made from has changed
"""
