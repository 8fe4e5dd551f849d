"""The section of pages: whose county it is and how it looks on the map."""

from pathlib import Path

from pydantic import Field

from core.settings.sections import Section


class PagesSettings(Section):
    """What pages say about the county; docs/pages.md."""

    county_name: str = Field("嘉善县", description="the county's name, as pages head it")
    county_name_en: str = Field("Jiashan County", description="its name on English pages")
    outlines_file: Path | None = Field(
        None,
        description="outlines of the towns for the map (GeoJSON, WGS84; properties `code`, `name`, "
        "`name_en`, `label` [lon, lat]); unset: schematic ones of the demo county",
    )
    deep_link_s: int = Field(
        172_800,
        ge=0,
        le=2_592_000,
        description="how long a link in a message shows its alert or ticket without a login; 0: "
        "never. Needs `TRAPWATCH_WEBHOOKS__SECRET_KEY`",
    )
