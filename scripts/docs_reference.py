#!/usr/bin/env python3
"""Write the pages of docs/reference that are made from the code; with --check, say which differ instead."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from docs_pages.api import api_page, openapi_text
from docs_pages.cli import cli_page
from docs_pages.flags import flags_page
from docs_pages.metrics import metrics_page
from docs_pages.settings import settings_page
from docs_pages.tables import tables_page
from docs_pages.terraform import terraform_page

REFERENCE: Final = Path(__file__).resolve().parents[1] / "docs" / "reference"
PAGES: Final[dict[str, Callable[[], str]]] = {
    "api.md": api_page,
    "cli.md": cli_page,
    "openapi.json": openapi_text,
    "flags.md": flags_page,
    "metrics.md": metrics_page,
    "settings.md": settings_page,
    "tables.md": tables_page,
    "terraform.md": terraform_page,
}


def main(arguments: Sequence[str] | None = None, folder: Path = REFERENCE) -> int:
    """Write or compare the pages; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a page differs")
    check = parser.parse_args(arguments).check
    stale = [name for name, make in PAGES.items() if _differs(folder / name, make())]
    for name in stale:
        if not check:
            (folder / name).write_text(PAGES[name](), encoding="utf-8")
        sys.stdout.write(f"docs/reference/{name} {'differs; run make docs-reference' if check else 'written'}\n")
    return 1 if check and stale else 0


def _differs(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text(encoding="utf-8") != text


if __name__ == "__main__":
    sys.exit(main())
