"""The shapes of what is sent, and of the answer to readings; as in `models`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from heliograph.reading import SITE_ID_PATTERN
from heliograph.site import Kind
from lambda_api.model_fields import Consumed, Generated


class SiteFields(BaseModel):
    """A site to be registered; what is left out or null isn't known, and the checks that need it are off."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = Field(default=None, description="What it is.", examples=["solar"])
    capacity_kw: float | None = Field(
        default=None, ge=1e-130, le=1e9, description="Nameplate generating power, kW.", examples=[50.0]
    )
    latitude: float | None = Field(default=None, ge=-90, le=90, description="Degrees north, WGS 84.", examples=[48.14])
    longitude: float | None = Field(
        default=None, ge=-180, le=180, description="Degrees east, WGS 84.", examples=[11.58]
    )
    timezone: Annotated[str, WithJsonSchema({"type": "string", "format": "iana-time-zone"})] | None = Field(
        default=None,
        description="Canonical IANA name of the site's time zone, such as Asia/Kolkata for Asia/Calcutta.",
        examples=["Europe/Berlin"],
    )
    interval_minutes: int | None = Field(
        default=None, ge=1, le=1440, description="Length of one reading's interval, minutes.", examples=[5]
    )


class PostedReading(BaseModel):
    """A reading as a site sends it; what else it holds is ignored."""

    site_id: str = Field(
        pattern=SITE_ID_PATTERN,
        description="The site's name: 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit.",
        examples=["solar-007"],
    )
    timestamp: str = Field(
        description="The END of the interval, ISO 8601 with its offset.", examples=["2026-11-22T09:05:00Z"]
    )
    energy_generated_kwh: Generated
    energy_consumed_kwh: Consumed


class ReadingsLanded(BaseModel):
    """Readings that have landed, and are stored a moment later."""

    ingestion_id: str = Field(
        description="The name of what becomes of them.", examples=["20261122T093000Z-0123456789abcdef0123"]
    )
    object_key: str = Field(description="The file they are.", examples=["raw/api/2026/11/22/093000-0123456789abcdef"])
    status: str = Field(
        description="Where to ask what became of them; not found until they are processed.",
        examples=["/ingestions/20261122T093000Z-0123456789abcdef0123"],
    )
