"""Building: the same tree gives the same bytes, and what is fresh is left alone."""

from pathlib import Path

import pytest

import build_lambdas
from build_lambdas import table
from lambda_zips.build import Built, build_all
from lambda_zips.compiled import NotImportable
from lambda_zips.install import InstallError
from lambda_zips.recipe import LOCAL, RECIPES

SOURCE = Path("src") / "lambda_api" / "__init__.py"


def made(built: list[Built]) -> dict[str, bool]:
    """Say which zips had to be made."""
    return {each.recipe.name: each.made for each in built}


def test_two_builds_give_the_same_bytes(tiny_root: Path, tmp_path: Path) -> None:
    """Every zip is byte for byte what another build of the same tree gives."""
    first = build_all([LOCAL], tmp_path / "one", tiny_root)
    second = build_all([LOCAL], tmp_path / "two", tiny_root)
    assert [each.path.read_bytes() for each in first] == [each.path.read_bytes() for each in second]


def test_what_is_fresh_is_not_built_again(tiny_root: Path, tmp_path: Path) -> None:
    """A second build makes nothing; a changed source makes its own Lambda's zip alone."""
    build_all([LOCAL], tmp_path / "out", tiny_root)
    assert not any(made(build_all([LOCAL], tmp_path / "out", tiny_root)).values())
    (tiny_root / SOURCE).write_text("changed = True\n")
    again = build_all([LOCAL], tmp_path / "out", tiny_root)
    assert made(again) == {"simulator": False, "processor": False, "watch": False, "api": True}


@pytest.mark.parametrize("change", ["core", "lock", "new file", "lost zip", "other zip"])
def test_a_stale_zip_is_built_again(tiny_root: Path, tmp_path: Path, change: str) -> None:
    """Whatever a zip depends on makes it anew when it changes, and so does a zip that isn't what was built."""
    before = build_all([LOCAL], tmp_path / "out", tiny_root)
    path = before[-1].path
    changed = {
        "core": tiny_root / "src" / "heliograph" / "__init__.py",
        "lock": tiny_root / "requirements" / "api.txt",
        "new file": tiny_root / "src" / "lambda_api" / "more.py",
        "other zip": path,
    }
    path.unlink() if change == "lost zip" else changed[change].write_text("# other\n")
    after = build_all([LOCAL], tmp_path / "out", tiny_root)
    assert made(after)["api"]
    assert path.read_bytes().startswith(b"PK")


def test_a_handler_that_can_not_be_imported_is_told(tiny_root: Path, tmp_path: Path) -> None:
    """A build of what wouldn't run ends with Python's own words."""
    (tiny_root / SOURCE).with_name("handler.py").write_text("import nothing_there")
    with pytest.raises(NotImportable, match=r"lambda_api.handler can't be imported:(.|\n)*nothing_there"):
        build_all([LOCAL], tmp_path / "out", tiny_root)


def test_a_missing_lock_says_what_to_do(tiny_root: Path, tmp_path: Path) -> None:
    """Without its lock a Lambda isn't built from whatever is newest; the message says what to run."""
    (tiny_root / "requirements" / "api.txt").unlink()
    with pytest.raises(InstallError, match="make lock"):
        build_all([LOCAL], tmp_path / "out", tiny_root)


def test_the_folder_holds_only_zips_and_stamps(tiny_root: Path, tmp_path: Path) -> None:
    """A build leaves nothing half done behind."""
    build_all([LOCAL], tmp_path / "out", tiny_root)
    left = sorted(path.name for path in (tmp_path / "out" / "local").iterdir())
    assert left == ["api.zip", "processor.zip", "simulator.zip", "watch.zip"]


def test_a_zip_over_its_budget_is_named(tmp_path: Path) -> None:
    """The table says of each zip what it weighs, and which one is over."""
    recipe = RECIPES[0]
    heavy = Built(recipe, LOCAL, tmp_path / "simulator.zip", recipe.budget + 1, made=True)
    light = Built(recipe, LOCAL, tmp_path / "simulator.zip", recipe.budget, made=True)
    assert heavy.too_big
    assert not light.too_big
    lines = table([heavy, light])
    assert "OVER BUDGET" in lines[1]
    assert "10.00" in lines[2]
    assert "OVER" not in lines[2]


@pytest.mark.parametrize(("over", "said"), [(0, ""), (1, "OVER BUDGET")])
def test_a_quiet_build_speaks_of_what_is_too_heavy_alone(
    over: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who starts the stack reads nothing of zips within their budgets; one that is over is named, and fails it."""
    recipe = RECIPES[0]
    built = Built(recipe, LOCAL, tmp_path / "simulator.zip", recipe.budget + over, made=True)
    monkeypatch.setattr(build_lambdas, "build_all", lambda *_: [built])
    assert build_lambdas.main(["--target", "local", "--quiet"]) == over
    printed = capsys.readouterr().out
    assert said in printed
    assert bool(printed) == bool(over)
