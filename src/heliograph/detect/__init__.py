"""Looks at an unknown file and proposes a feed profile: `propose`.

`shipped` has the profiles that come with Heliograph. Of other files `table` finds the dialect, the names and the rows;
`times` when they are; `sides` which columns are whose energy; `long_rows` what tells rows of one time apart; `words`
what names say in a dozen languages. `standards` knows NEM12 and Green Button; `questions` keeps what only a person can
answer.
"""
