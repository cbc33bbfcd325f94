"""What botocore knows of each service, read by msgspec: the same files in a tenth of the time, once half an init."""

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
from botocore.loaders import create_loader

if TYPE_CHECKING:
    from botocore.loaders import JSONFileLoader
    from botocore.session import Session


class _Files:
    """Reads data files as botocore's own `JSONFileLoader` does. Paths come without their ending."""

    def exists(self, file_path: str) -> bool:
        """Return whether there is such a file."""
        return any(path.is_file() for path in _paths(file_path))

    def load_file(self, file_path: str) -> Any:  # noqa: ANN401 - whatever the file holds
        """Read a file, or return nothing where there is none."""
        for path in _paths(file_path):
            if path.is_file():
                body = path.read_bytes()
                return msgspec.json.decode(gzip.decompress(body) if path.suffix == ".gz" else body)
        return None


def read_fast(session: "Session") -> None:
    """Make a session read its data files by msgspec; before its first client."""
    loader = create_loader(session.get_config_variable("data_path"))
    loader.file_loader = cast("JSONFileLoader", _Files())
    session.register_component("data_loader", loader)


def _paths(file_path: str) -> tuple[Path, Path]:
    return Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
