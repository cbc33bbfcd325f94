"""The command as it is installed beside the Python that runs the tests."""

import sys
from pathlib import Path
from typing import Final

HELIOGRAPH: Final = str(Path(sys.executable).with_name("heliograph"))
