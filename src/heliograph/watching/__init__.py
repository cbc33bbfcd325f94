"""Looking at a site over time: what its last days show, as a pure function of its stored readings.

series (above)   the readings as plain lists
day              a day's totals and shape
learned          the site's baseline, from its last weeks' days
look             one look: flags, days, silence
seen             what a look found
"""
