"""Packaging: one zip a Lambda, the same bytes from the same tree.

recipe.py    what there is to build: the Lambdas, their budgets, the machines they run on
install.py   a Lambda's locked packages, unpacked into a folder
contents.py  which of those files, and which of our own, go into the zip
archive.py   files in, zip out: sorted, with fixed dates and modes
stamp.py     what a zip was made from, so that it isn't made again
uv_command.py  runs uv
build.py     all of it together
"""
