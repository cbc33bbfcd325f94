"""Simulate, and write docs/explanation/scale.md."""

import sys
from pathlib import Path
from typing import Final

from scale.page import page

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "scale.md"


def main() -> int:
    """Write the page; return the exit status."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
