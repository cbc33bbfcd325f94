"""What tests need of Linux: /proc, which tells of other processes."""

import sys
from typing import Final

import pytest

linux: Final = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it reads /proc, which Linux alone has")
"""Marks a test that does."""
