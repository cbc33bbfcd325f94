"""A site as it is sent to be registered, read by the rules of `heliograph sites load`."""

from heliograph.errors import SiteError
from heliograph.site import Site, read_fields, read_site
from lambda_api.problems import invalid


def registered_site(site_id: str, body: bytes) -> Site:
    """Read the registry entry of a site from a body without its name.

    Raises:
        ProblemRaised: it can't be used; it names the field.
    """
    try:
        fields = read_fields(body)
        if fields.get("site_id", site_id) != site_id:
            raise invalid("site_id", f"the address says {site_id}; leave it out of the body")
        return read_site({**fields, "site_id": site_id})
    except SiteError as error:
        raise invalid(error.field or "body", str(error)) from None
