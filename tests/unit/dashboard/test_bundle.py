"""Modules become one file that does what they did."""

import re

import pytest

from lambda_api.static_files import CannotBundle, bundle_modules, bundle_styles, dashboard

LEAF = "export const one = 1;\nexport function two() {\n  return 2;\n}\n"
FIRST = 'import { one, two } from "./leaf.js";\n\nconsole.log(one, two());\n'


def test_names_are_brought_from_their_module() -> None:
    """An import becomes a call, an export a returned name; the first module is run."""
    bundle = bundle_modules("main.js", {"main.js": FIRST, "leaf.js": LEAF})
    assert 'const { one, two } = bring("leaf.js");' in bundle
    assert "return { one, two };" in bundle
    assert bundle.endswith('bring("main.js");\n')
    assert not re.search(r"^(import|export) ", bundle, re.MULTILINE)


def test_folders_are_found_from_where_a_module_lies() -> None:
    """`..` and `.` are read as a browser would."""
    view, first = 'import { one } from "../leaf.js";\n', 'import("./views/a.js");\n'
    modules = {"views/a.js": view, "leaf.js": LEAF, "main.js": first}
    bundle = bundle_modules("main.js", modules)
    assert 'bring("leaf.js")' in bundle
    assert 'Promise.resolve(bring("views/a.js"))' in bundle


@pytest.mark.parametrize(
    "text",
    [
        'import x from "./leaf.js";\n',
        'import * as x from "./leaf.js";\n',
        'import "./leaf.js";\n',
        "export default 1;\n",
        "export { one };\n",
        "export let one = 1;\n",
        'import { one } from "./nothing.js";\n',
    ],
)
def test_any_other_form_is_refused(text: str) -> None:
    """A form that isn't known would fail in a browser; it fails here, with the module's name."""
    with pytest.raises(CannotBundle, match=r"main\.js"):
        bundle_modules("main.js", {"main.js": text, "leaf.js": LEAF})


def test_our_modules_join() -> None:
    """All of them are in, in the forms that are known."""
    bundle = dashboard().files["bundle.js"].decode()
    for name in dashboard().files:
        if name.endswith(".js") and not name.startswith(("vendor/", "bundle")):
            assert f'makers["{name}"]' in bundle


def test_later_styles_hold() -> None:
    """Style sheets follow each other in their order."""
    assert bundle_styles(["a {}", "b {}"]) == "a {}\nb {}"
