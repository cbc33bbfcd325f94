"""A home's clean weeks in small: hours, with a sun that shines from six to six."""

from decimal import Decimal
from math import pi, sin

from heliograph.site import Site
from quality.sample import Sample, Sent

HOUR = 3600
START = 1_767_225_600  # 1 January 2026, UTC
SITE = Site(site_id="home", kind="solar", capacity_kw=5, interval_minutes=60)


def clean(days: int = 90) -> Sample:
    """Make the sample; its first hour begins at `START`."""
    sent = []
    for hour in range(days * 24):
        height = sin(pi * (hour % 24 - 6) / 12)
        generated = max(0.0, 4 * height) * (1 + 0.1 * sin(hour))
        end = START + (hour + 1) * HOUR
        sent.append(Sent(end, end, Decimal(f"{generated:.4f}"), Decimal(f"{1 + 0.3 * sin(hour * 1.7):.4f}")))
    return Sample(SITE, sent, [])
