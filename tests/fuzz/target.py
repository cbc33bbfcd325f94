"""What the fuzzer runs, in a process of its own: `python -m fuzz.target CORPUS -runs=N`."""

import sys

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore] # in .venv-fuzz only

with atheris.instrument_imports():
    from fuzz.tries import try_decoder, try_events


def one(body: bytes) -> None:
    """Try one input."""
    try_decoder(body)
    try_events(body)


atheris.Setup(sys.argv, one)
atheris.Fuzz()
