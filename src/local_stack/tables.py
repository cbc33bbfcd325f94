"""Tables in another DynamoDB than the embedded AWS's: whose they are, and whether they have all that S3 has.

The other DynamoDB is the user's: it may be gone with all it had, stand empty, or hold the tables of another folder. And
who goes back to the embedded AWS's own tables finds them as they were. What is missing follows from S3, so that it is
enough to know that something may be. `tables.json` in the state folder remembers where the tables were whole, and a
table without items, named after the folder, marks the tables there as this folder's.
"""

from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from heliograph.table_keys import Table
from local_stack.create import ensure_table
from local_stack.resources import PREFIX, TABLE_NAMES, NamedTable
from local_stack.stack import StackError
from local_stack.state_folder import StateFolder

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_MARK: Final = f"{PREFIX}-of-"


class CompleteTables(msgspec.Struct, frozen=True):
    """Where a folder's tables have all that S3 has: in the embedded AWS, at another DynamoDB, or nowhere for sure.

    folder: what the folder is called at another DynamoDB.
    """

    folder: str
    where: Literal["", "here", "elsewhere"]


class Tables:
    """The tables of one start. address: of the other DynamoDB; None where the embedded AWS has them.

    behind: whether they may lack what S3 has, so that it is to be done again.
    """

    def __init__(self, folder: StateFolder, dynamodb: "DynamoDBClient", address: str | None) -> None:
        """Look what is there; make nothing but the mark.

        Raises:
            StackError: nothing answers at the address, or what is there belongs to another folder.
        """
        self._path = folder.path / "tables.json"
        self._known = self._read()
        self._where: Literal["here", "elsewhere"] = "elsewhere" if address else "here"
        if address is None:
            self.behind = self._path.exists() and self._known.where != "here"
            return
        self.behind = not self._claim(dynamodb, address) or self._known.where != "elsewhere"
        if self.behind:
            self._write("")

    def note_whole(self) -> None:
        """Note that what may have been missing is done, or on its way through the queue."""
        if self._where == "elsewhere" or self._path.exists():
            self._write(self._where)

    def _claim(self, dynamodb: "DynamoDBClient", address: str) -> bool:
        """Mark the tables at the address as this folder's; return whether they are all there."""
        there, mark = _names(dynamodb, address), f"{_MARK}{self._known.folder}"
        ours = {name for name in there if name in TABLE_NAMES.values()}
        if ours and mark not in there:
            raise StackError(
                f"the tables at {address} are of another state folder: name that folder with --state-dir, delete them, "
                "or give this one a DynamoDB of its own"
            )
        self._write(self._known.where)
        ensure_table(dynamodb, NamedTable(mark, Table("mark", "folder", "mark")))
        return ours == set(TABLE_NAMES.values())

    def _read(self) -> CompleteTables:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=CompleteTables)
        except (FileNotFoundError, msgspec.MsgspecError):
            return CompleteTables(uuid4().hex[:12], "")

    def _write(self, where: Literal["", "here", "elsewhere"]) -> None:
        self._known = msgspec.structs.replace(self._known, where=where)
        unfinished = self._path.with_suffix(".new")
        unfinished.write_bytes(msgspec.json.encode(self._known))
        unfinished.replace(self._path)


def address_of(asked: str | None, endpoint: str) -> str | None:
    """Return the address of the other DynamoDB that is asked for; None for the embedded AWS's own endpoint.

    Raises:
        StackError: it is no address.
    """
    if not asked or asked.rstrip("/") == endpoint:
        return None
    try:
        parts = urlsplit(asked)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise StackError(f"{asked} is no address of a DynamoDB: give one such as http://127.0.0.1:8000")
    return asked.rstrip("/")


def _names(dynamodb: "DynamoDBClient", address: str) -> set[str]:
    """Return the names of all tables at an address."""
    names: set[str] = set()
    try:
        for page in dynamodb.get_paginator("list_tables").paginate():
            names.update(page["TableNames"])
    except (BotoCoreError, ClientError) as error:
        raise StackError(
            f"no DynamoDB takes the tables at {address}: {error}; start it, or leave the tables to the embedded AWS "
            "(without --dynamodb, and without AWS_ENDPOINT_URL_DYNAMODB)"
        ) from error
    return names
