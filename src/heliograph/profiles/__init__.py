"""Feed profiles: how the files of any meter, portal or utility become readings.

`model` is a profile, data that says how a feed's files are read. `rows` turns a file into rows of cells; `nem12` and
`green_button` know those formats. `wall_times`, `lengths` and `amounts` say what cells mean, `cells` what a row says,
`energies` what rows are together, and `read` makes readings of a file. `heliograph.detect` looks at an unknown file and
proposes a profile.
"""
