#!/usr/bin/env python3
"""Write docs/reference/openapi.json, the API's OpenAPI document; a test compares it with what the API serves."""

import json
from pathlib import Path
from typing import Any, Final

from lambda_api.app import make_app
from lambda_api.ports import ApiStores

FILE: Final = Path(__file__).resolve().parents[1] / "docs" / "reference" / "openapi.json"


def text() -> str:
    """Return the document as it is kept: a change of it reads well in a diff."""
    none: Any = None  # to describe itself the API needs no stores
    app = make_app(ApiStores(*[none] * len(ApiStores.__struct_fields__)))
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
