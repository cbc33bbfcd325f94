"""The simulator: a seeded fleet of sites whose meters report every 5 minutes, with faults whose truth is known.

Everything is a function of (seed, site, tick), so any moment of any year can be made by itself and always comes out the
same. The pages, from the ground up:

    noise                               hashed numbers, and noise that is smooth in time
    places, fleet                       where the sites stand, and what they are
    weather                             clouds and wind over a place
    solar, wind, load, battery          what a plant makes of it
    energy                              the clean energies of any site at any tick
    record, case, faults, slow_faults   what a fault does to a record
    schedule                            when a site has one
    tick                                all sites at one tick: records and labels
    event, settings, files, handler     the Lambda
"""
