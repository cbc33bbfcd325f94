"""Past one machine: a simulation of 1,000,000 sites that send every five minutes.

limits.py    what AWS allows, each with its source
fleet.py     what is asked of AWS: the fleet, its files, how they are spread in time
simulate.py  second by second: files landed, Lambdas busy, writes granted, readings stored
page.py      docs/explanation/scale.md
"""
