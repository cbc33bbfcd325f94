"""How the tutorial's pages are read: steps, remarks, and what counts as shown."""

import pytest

from docs.tutorial_page import Step, shown_in, steps

PAGE = """
```sh
heliograph dlq list
```

<!-- soon -->

```text
│ lost │ 0 │
```

```json title="sites.json"
[]
```
"""


def test_a_page_is_its_steps() -> None:
    """Commands, what they print with its remark, and files by name, in the page's order."""
    assert [*steps(PAGE)] == [
        Step("sh", "", "heliograph dlq list\n", ""),
        Step("text", "", "│ lost │ 0 │\n", "soon"),
        Step("json", "sites.json", "[]\n", ""),
    ]


@pytest.mark.parametrize(
    ("output", "shown", "is_shown"),
    [
        ("┃ lost   ┃  12 ┃", "│ lost │ 0 │", True),  # figures, frames and spaces may differ
        ("readings 57", "readings 5,649", True),
        ("told 2026-11-23: 12.5 kWh", "told …: 12.5 kWh", True),
        ("stored 1", "lost 0", False),
        ("", "lost", False),
        ("anything", "", True),
    ],
)
def test_what_counts_as_shown(output: str, shown: str, *, is_shown: bool) -> None:
    """Words must be the same; numbers may be others."""
    assert (shown_in(output, shown) == []) is is_shown
