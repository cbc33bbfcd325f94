"""Looks at an unknown file and proposes a feed profile: `propose`.

`shipped` has the profiles that come with Heliograph. Of other files `table` finds the dialect, the names and the rows,
`columns` what their cells look like; `dates` which columns are a stamp, `times` when rows are, `by_sun` whether stamps
are starts or ends where a solar site's place is known. `sides` says which columns are whose energy, `choose` which of
them are taken, `quantities` what they are, `long_rows` what tells rows of one time apart, `wide_days` how a row a day
is read. `words` and `marks` know what names and cells say in two dozen languages. `standards` knows NEM12 and Green
Button; `questions` keeps what only a person can answer; `preview` shows what a proposal makes of a file.
"""
