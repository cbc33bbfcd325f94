"""Looks at an unknown file and proposes a feed profile: `propose`.

`table` finds the dialect, the names and the rows; `times` when they are; `sides` which columns are whose energy;
`standards` knows NEM12 and Green Button; `words` what names say in seven languages; `questions` keeps what only a
person can answer.
"""
