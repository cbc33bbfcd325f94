"""Which checks are off for a site because its registry entry doesn't say enough, in sentences for its operator."""

from heliograph.site import Site

_NIGHT = "night_generation"


def unjudged(site: Site) -> list[str]:
    """Return a sentence for each thing that isn't registered and switches checks off; none where all checks run."""
    nightly = [_NIGHT] if site.kind in {"solar", None} else []
    by_size = ["negative", "over_capacity", *nightly]
    missing = [
        (site.kind is None, "kind isn't registered", nightly),
        (site.capacity_kw is None, "capacity_kw isn't registered", by_size),
        (site.interval_minutes is None, "interval_minutes isn't registered", by_size),
        (
            site.latitude is None or site.longitude is None,
            "latitude and longitude aren't both registered",
            nightly,
        ),
    ]
    return [f"{reason}, so {_off(checks)} off" for absent, reason, checks in missing if absent and checks]


def _off(checks: list[str]) -> str:
    if len(checks) == 1:
        return f"the check {checks[0]} is"
    return f"the checks {', '.join(checks[:-1])} and {checks[-1]} are"
