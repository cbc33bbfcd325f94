"""What a site gave beside what it would have given: energy lost, yields, and availability. All of it is pure.

lost.py     the energy that a fault cost, day by day
yields.py   a day's expected energy and stops, and the ratios that people compare
"""
