"""The simulator: a seeded fleet of sites whose meters count every 5 minutes, with faults whose truth is known.

Some meters are coarse, some loggers sleep at night or send a day later (docs/adr/0043-simulated-meters.md).

Everything is a function of (seed, site, tick), so any moment of any year can be made by itself and always comes out the
same. The pages, from the ground up:

    noise      hashed numbers, and noise that is smooth in time
    weather    where sites stand, and the clouds and wind over them
    plants     what a plant makes of it
    fleet      the sites
    energy     the clean energies of any site at any tick
    faults     what a fault does to a record
    schedule   when a site has one
    tick       all sites at one tick: records and labels
    handler    the Lambda: its event, settings and files
"""
