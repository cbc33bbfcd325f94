"""One language: names, routes, metrics and messages use the words of docs/reference/glossary.md.

tests/retired_words.toml lists the words that are no longer used. A name in code is split into its parts, so the retired
name `old_word` is found in `OLD_WORD`, `_is_old_word` and `isOldWord`. Prose is for readers and isn't held to the list.
"""

import ast
import re
import tokenize
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import pytest

from count_code import known_files
from python_sources import tree_of

# One worker reads all files, once for all tests.
pytestmark = pytest.mark.xdist_group("sources")
ROOT: Final = Path(__file__).parents[2]
LIST: Final = "tests/retired_words.toml"
# What is generated, locked or others' own.
_NOT_OURS: Final = re.compile(r"requirements/|docs/images/|.*/vendor/|.*package-lock\.json|.*\.(png|svg)$")
_CODE: Final = {".py", ".js", ".tf", ".hcl", ".toml", ".yml", ".yaml", ".json", ".html", ".css", ".sh", ".mjs"}
_LINE_COMMENT: Final = re.compile(r"(?<![:\w\"'])(?:#|//)(?:\s.*)?$", re.MULTILINE)
_BLOCK_COMMENT: Final = re.compile(r"/\*.*?\*/|<!--.*?-->", re.DOTALL)
# Text in which a space stands between two words is a sentence.
_SENTENCE: Final = re.compile(r"\"[^\"\n]*\w,? \w[^\"\n]*\"|'[^'\n]*\w,? \w[^'\n]*'")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_CODE_SPAN: Final = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_INNER_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Retired(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a word replaces.

    use: the word. names: parts of identifiers, enum values, columns, metrics and file names, in snake case, each a
    regular expression. texts: regular expressions that no line matches, for routes and phrases of messages. excepted:
    names that contain such a part in another sense, as regular expressions. folders: where the entry holds; everywhere
    if empty.
    """

    use: str
    names: list[str] = []
    texts: list[str] = []
    excepted: list[str] = []
    folders: list[str] = []

    def names_in(self, names: Iterable[str]) -> dict[str, str]:
        """Return the retired ones of some names, each with the part that is retired."""
        if not self.names:
            return {}
        retired = re.compile(rf"(?:^|_)(?:{'|'.join(self.names)})(?:_|$)")
        excepted = re.compile("|".join(self.excepted) if self.excepted else r"(?!)")
        found = ((name, match) for name in names if (match := retired.search(name)) and not excepted.search(name))
        return {name: f"{name} ({match[0].strip('_')})" for name, match in found}

    def phrases_in(self, text: str) -> Iterator[str]:
        """Yield the retired phrases that a text holds."""
        for pattern in self.texts:
            yield from (match[0] for match in re.finditer(pattern, text))


@cache
def _files() -> dict[str, tuple[set[str], str]]:
    """Return the names and the text of each of the project's files that are text, by path."""
    found = {}
    for path in known_files():
        if path != LIST and not _NOT_OURS.match(path):
            text = (ROOT / path).read_text(encoding="utf-8")
            found[path] = ({*map(_snake, _names_in(path, text)), *map(_snake, _NAME.findall(path))}, text)
    return found


@cache
def _all_names() -> frozenset[str]:
    """Return the names of all files, each once: most files use the same."""
    return frozenset().union(*(names for names, _ in _files().values()))


def _names_in(path: str, text: str) -> Iterator[str]:
    suffix = Path(path).suffix
    if suffix == ".py":
        yield from _names_of_python(text)
    elif suffix in _CODE:
        code = _SENTENCE.sub("", _LINE_COMMENT.sub("", _BLOCK_COMMENT.sub("", text)))
        yield from _NAME.findall(code)
    else:
        for span in _CODE_SPAN.findall(text):
            yield from _NAME.findall(span)


def _names_of_python(text: str) -> Iterator[str]:
    """Yield identifiers, strings without a space, and what comments and docstrings put between backticks."""
    lines = iter(text.splitlines(keepends=True))
    for token in tokenize.generate_tokens(lambda: next(lines, "")):
        if token.type == tokenize.NAME:
            yield "" if token.string.startswith("test_") else token.string  # a test's name is a sentence
        elif token.type == tokenize.STRING and not re.search(r"\s", token.string):
            yield from _NAME.findall(token.string)
        elif token.type in {tokenize.STRING, tokenize.COMMENT}:
            for span in re.findall(r"`[^`\n]+`", token.string):
                yield from _NAME.findall(span)


@cache
def _snake(name: str) -> str:
    return _INNER_CAPITAL.sub("_", name).replace("-", "_").lower()


@cache
def _entries() -> list[Retired]:
    lists = tomllib.loads((ROOT / LIST).read_text(encoding="utf-8"))
    return msgspec.convert(lists["retired"], list[Retired])


@pytest.mark.parametrize("entry", _entries(), ids=lambda entry: entry.use)
def test_no_retired_word(entry: Retired) -> None:
    """No name, route, metric or message uses a word that another has replaced."""
    retired = entry.names_in(_all_names())
    found = [
        f"{path}: {name}"
        for path, (names, text) in _files().items()
        if not entry.folders or path.startswith(tuple(entry.folders))
        for name in (*(retired[each] for each in sorted(retired.keys() & names)), *entry.phrases_in(text))
    ]
    assert not found, f"say {entry.use!r} instead:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("IS_OLD_WORD = 1", True),
        ("class OldWords: ...", False),
        ("class OldWord: ...", True),
        ('kind = "old-word"', True),
        ('"""Say what an old word is."""', False),
        ('"""Return `old_word`."""', True),
        ("gold_words = 1", False),
        ("an_old_word_kept = 1", False),
    ],
)
def test_names_are_split_into_words(*, line: str, found: bool) -> None:
    """A retired word is found in any spelling of a name, and in no sentence, longer word or exception."""
    entry = Retired(use="new", names=["old_word"], excepted=["old_word_kept"])
    names = set(map(_snake, _names_of_python(line + "\n")))
    assert bool(entry.names_in(names)) is found


def test_no_two_public_types_share_a_name() -> None:
    """A public class's or type's name means one thing in all code that isn't a test."""
    places = defaultdict(list)
    for path in _files():
        if path.endswith(".py") and not path.startswith("tests/"):
            for name in _types_in(tree_of(ROOT / path)):
                places[name].append(path)
    assert not {name: found for name, found in places.items() if len(found) > 1}


def _types_in(module: ast.Module) -> Iterator[str]:
    """Yield the public classes and names of types that a module declares; constants are in capitals."""
    for node in module.body:
        match node:
            case (
                ast.ClassDef(name=name)
                | ast.Assign(targets=[ast.Name(id=name)])
                | ast.AnnAssign(target=ast.Name(id=name))
            ):
                if name[0].isupper() and not name.isupper():
                    yield name
