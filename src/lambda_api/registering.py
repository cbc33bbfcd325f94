"""A site as it is sent to be registered, read by the rules of `heliograph sites load`."""

import re
from typing import Any, Final

import msgspec

from heliograph.errors import SiteError
from heliograph.site import Site, parse_sites
from lambda_api.problems import invalid

_AT: Final = re.compile(r"(.*) - at `\$\.?(\w*)`")


def read_site(site_id: str, body: bytes) -> Site:
    """Read the registry entry of a site from a body without its name.

    Raises:
        ProblemRaised: it can't be used; it names the field.
    """
    fields = _object(body)
    if fields.get("site_id", site_id) != site_id:
        raise invalid("site_id", f"the address says {site_id}; leave it out of the body")
    try:
        site = msgspec.convert({**fields, "site_id": site_id}, Site)
        return parse_sites(msgspec.json.encode(site))[0]  # which knows the time zones there are
    except msgspec.ValidationError as error:
        found = _AT.fullmatch(str(error))
        raise (invalid(found[2], found[1]) if found else invalid("body", str(error))) from None
    except SiteError as error:
        raise invalid("timezone", str(error)) from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise invalid("body", f"it isn't a JSON object: {error}") from None
    return {name: _whole(value) for name, value in fields.items()}


def _whole(value: object) -> object:
    """Take 5.0 for 5, as JSON does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
