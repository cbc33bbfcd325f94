r"""Many ES modules as one, so that a page asks for one file: each request is a call of a Lambda.

It knows the few forms our own modules are written in, one a line, and refuses any other:
`import { a, b } from "./x.js";`, `export function`, `export async function`, `export class`, `export const`, and
`import("./x.js")`. Each module becomes a function that is run when its names are first asked for.
"""

import re
from collections.abc import Iterable, Mapping
from posixpath import dirname, join, normpath
from typing import Final

_IMPORT: Final = re.compile(r'^import \{ ([\w, ]+) \} from "(\.[^"]+)";$', re.MULTILINE)
_LATER: Final = re.compile(r'\bimport\("(\.[^"]+)"\)')
_EXPORT: Final = re.compile(r"^export ((?:async )?function|class|const) (\w+)", re.MULTILINE)
_LEFT: Final = re.compile(r"^\s*(?:import\b(?!\.meta)|export\b).*", re.MULTILINE)
_HEAD: Final = """const makers = {};
const made = {};
function bring(name) {
  return (made[name] ??= makers[name]());
}
"""


class CannotBundle(ValueError):
    """A module is written in a form that isn't known here, or asks for one that isn't there."""


def bundle_modules(first: str, modules: Mapping[str, str]) -> str:
    """Join modules into one that runs `first`. modules: their text by their name.

    Raises:
        CannotBundle: with the module and what in it can't be joined.
    """
    parts = [_maker(name, modules) for name in sorted(modules)]
    return f'{_HEAD}{"".join(parts)}bring("{first}");\n'


def bundle_styles(styles: Iterable[str]) -> str:
    """Join style sheets; where two disagree the later one holds, as it would alone."""
    return "\n".join(styles)


def _maker(name: str, modules: Mapping[str, str]) -> str:
    def brought(found: re.Match[str], group: int) -> str:
        wanted = normpath(join(dirname(name), found[group]))
        if wanted not in modules:
            raise CannotBundle(f"{name}: there's no {wanted}")
        return f'bring("{wanted}")'

    text = _IMPORT.sub(lambda found: f"const {{ {found[1]} }} = {brought(found, 2)};", modules[name])
    text = _LATER.sub(lambda found: f"Promise.resolve({brought(found, 1)})", text)
    names = [found[2] for found in _EXPORT.finditer(text)]
    text = _EXPORT.sub(r"\1 \2", text)
    if left := _LEFT.search(text):
        raise CannotBundle(f"{name}: `{left[0].strip()}` isn't in a form that can be joined")
    return f'makers["{name}"] = () => {{\n{text}return {{ {", ".join(names)} }};\n}};\n'
