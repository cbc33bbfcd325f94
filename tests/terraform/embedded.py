"""The embedded AWS of these tests: it can be stopped, copied and started again where it was.

It takes any key, as an AWS account is new to its users, or enforces IAM itself; web pages are kept out all the same.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_stack.engine import Engine, run_engine
from local_stack.resources import ACCOUNT, REGION
from local_stack.state_folder import StateFolder


class EmbeddedAws:
    """An embedded AWS that keeps its address from one start to the next."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """Note where it keeps its state; it doesn't run yet. port: any that is free where None."""
        self._folder = folder
        self._port = port
        self._engine: Engine | None = None

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        assert self._engine, "it doesn't run"
        return self._engine.endpoint

    def start(self, **settings: str) -> None:
        """Start it, with more settings of its own."""
        settings = {"MINISTACK_REGION": REGION, "MINISTACK_ACCOUNT_ID": ACCOUNT, **settings}
        self._engine = run_engine(StateFolder(self._folder), settings, self._port, signatures=False)
        self._port = self._engine.port

    def stop(self) -> None:
        """Stop it; what it holds stays on disk."""
        if self._engine:
            self._engine.stop()
        self._engine = None

    def restart(self, **settings: str) -> None:
        """Stop it and start it where it was, with these settings of its own and no others."""
        self.stop()
        self.start(**settings)

    @contextmanager
    def enforcing(self, folder: Path) -> Iterator["EmbeddedAws"]:
        """Stop it, and have a copy that enforces roles stand in for it at the same address; throw the copy away."""
        self.stop()
        shutil.copytree(self._folder, folder)
        copy = EmbeddedAws(folder, self._port)
        try:
            copy.start(AUTH="true")
            yield copy
        finally:
            copy.stop()
            self.start()
