"""What somebody asks of an export."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """What an export takes in, and how it is written."""

    flavour: str = "native"
    include_simulated: bool = False
    include_preview: bool = False
    with_images: bool = False
    table_format: str = "csv"  # or parquet, of the native flavour only
