"""Put compiled modules into a Lambda's zip, where the Python that builds it is the one that runs it.

The local engine unpacks a zip anew for each worker. Without compiled modules a worker compiles all that it imports,
which takes longer than everything else in its start.
"""

import subprocess
import sys
from collections.abc import Collection
from importlib.util import cache_from_source
from pathlib import Path
from typing import Final

# Import a handler, then compile each module of these folders that it brought. Compiled files name no folder of this
# machine, and are never held against their source: unpacked files keep no times to compare.
_CHILD: Final = """
import importlib, pathlib, py_compile, sys
module, to, *folders = sys.argv[1:]
sys.path[:0] = folders
importlib.import_module(module)
for source in sorted(getattr(each, "__file__", None) or "" for each in list(sys.modules.values())):
    for folder in folders:
        if source.startswith(folder + "/") and source.endswith(".py"):
            place = source.removeprefix(folder + "/")
            py_compile.compile(source, f"{to}/{place}c", place, True,
                               invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""
# Sets of constants are written in the order of their hashes.
_ENVIRONMENT: Final = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}


class NotImportable(Exception):
    """A Lambda's handler can't be imported; the message is Python's own."""


def compile_imports(module: str, folders: tuple[Path, ...], files: Collection[str], to: Path) -> dict[str, Path]:
    """Compile what a handler imports, in a fresh Python; return the compiled files by their place in the zip.

    What a handler doesn't import at its start stays as it is: each file more takes a worker's time to unpack.

    Args:
        module: the handler's.
        folders: where its packages are found, the installed ones and our own.
        files: the places of what goes into the zip; nothing else is compiled into it.
        to: an empty folder for the compiled files.

    Raises:
        NotImportable: the import fails.
    """
    words = [sys.executable, "-s", "-S", "-P", "-c", _CHILD, module, *map(str, (to, *folders))]
    done = subprocess.run(words, env=_ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise NotImportable(f"{module} can't be imported:\n{done.stderr}")
    written = (path.relative_to(to).as_posix().removesuffix("c") for path in to.rglob("*.pyc"))
    return {cache_from_source(place): to / f"{place}c" for place in written if place in files}
