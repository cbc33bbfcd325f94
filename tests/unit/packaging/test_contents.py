"""What goes into a zip and what doesn't."""

from pathlib import Path, PurePosixPath

import pytest

from lambda_zips.contents import Clash, installed_files, is_kept, own_files, together


@pytest.mark.parametrize(
    "place",
    [
        "msgspec/__init__.py",
        "msgspec/_core.cpython-313-aarch64-linux-gnu.so",
        "msgspec-0.22.0.dist-info/METADATA",
        "msgspec-0.22.0.dist-info/licenses/LICENSE",
        "pydantic-2.14.3.dist-info/entry_points.txt",
        "pydantic/main.py",
        "botocore/cacert.pem",
        "botocore/docs/docstring.py",
        "botocore/data/endpoints.json",
        "botocore/data/partitions.json",
        "botocore/data/_retry.json",
        "botocore/data/sdk-default-configuration.json",
        "botocore/data/s3/2006-03-01/service-2.json.gz",
        "botocore/data/dynamodb/2012-08-10/endpoint-rule-set-1.json.gz",
        "aws_lambda_powertools/event_handler/openapi/swagger_ui/__init__.py",
    ],
)
def test_what_a_lambda_needs_is_kept(place: str) -> None:
    """Code, its data, its licence and what importlib.metadata reads go in."""
    assert is_kept(PurePosixPath(place))


@pytest.mark.parametrize(
    "place",
    [
        "msgspec/__pycache__/__init__.cpython-313.pyc",
        "msgspec/__init__.pyi",
        "dateutil/tests/test_parser.py",
        "bin/fastapi",
        ".lock",
        "msgspec-0.22.0.dist-info/RECORD",
        "msgspec-0.22.0.dist-info/INSTALLER",
        "msgspec-0.22.0.dist-info/REQUESTED",
        "msgspec-0.22.0.dist-info/direct_url.json",
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "botocore/data/s3/2006-03-01/examples-1.json",
        "aws_lambda_powertools/event_handler/openapi/swagger_ui/swagger-ui-bundle.min.js",
        "pydantic/v1/__init__.py",
    ],
)
def test_what_no_lambda_needs_is_left_behind(place: str) -> None:
    """Compiled files, tests, types, installers' notes, other services' models and pydantic 1 stay out."""
    assert not is_kept(PurePosixPath(place))


def test_only_the_named_packages_of_ours_go_in(tiny_root: Path) -> None:
    """A Lambda's zip has the core and its own package; no other of ours."""
    (tiny_root / "src" / "heliograph" / "__pycache__").mkdir()
    (tiny_root / "src" / "heliograph" / "__pycache__" / "x.pyc").write_text("x")
    found = own_files(tiny_root / "src", ("heliograph", "lambda_api"))
    assert sorted(found) == ["heliograph/__init__.py", "lambda_api/__init__.py", "lambda_api/handler.py"]


def test_installed_files_are_chosen(tmp_path: Path) -> None:
    """Of what uv installed, only what is kept goes in."""
    for place in ("six.py", "six.pyi", "bin/six"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text("")
    assert sorted(installed_files(tmp_path)) == ["six.py"]


def test_two_files_for_one_place_are_refused(tmp_path: Path) -> None:
    """A package of theirs can't silently replace one of ours."""
    with pytest.raises(Clash, match=r"heliograph/x\.py comes twice"):
        together({"heliograph/x.py": tmp_path / "a"}, {"heliograph/x.py": tmp_path / "b"})
