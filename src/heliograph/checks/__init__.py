"""What can be wrong with a reading: each check a small pure function, each flag an explanation.

`single.judge` runs the checks that one reading alone allows. Checks over time belong to the watch.
"""
