"""What the variable parts of addresses may be made of; everything else is not found."""

from flask import Flask
from werkzeug.routing import BaseConverter


class Token(BaseConverter):
    """A secret or an opaque address, as `secrets.token_urlsafe` makes them."""

    regex = "[A-Za-z0-9_-]{1,64}"


class Slug(BaseConverter):
    """The name of a study."""

    regex = "[a-z0-9-]{1,60}"


class Number(BaseConverter):
    """The number of a row; no larger than any database's."""

    regex = "[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        return int(value)


class Sha256(BaseConverter):
    """The hash of an image."""

    regex = "[0-9a-f]{64}"


class SetName(BaseConverter):
    """The name of an image set."""

    regex = "[A-Za-z0-9][A-Za-z0-9_-]{0,63}"


class FileKey(BaseConverter):
    """What an upload calls one of its files."""

    regex = "[0-9a-f]{32}"


class PublicId(BaseConverter):
    """The random id of a participant."""

    regex = "[0-9a-f]{16}"


class Table(BaseConverter):
    """A file that a report writes beside itself."""

    regex = r"[a-z][a-z_]{0,63}\.(?:csv|json)"


class PaperFigure(BaseConverter):
    """A chart that a report writes for a paper."""

    regex = r"[a-z][a-z0-9_-]{0,63}-[0-9]{1,3}mm\.(?:svg|pdf|png)"


def add_converters(app: Flask) -> None:
    """Make them known to the routes of an app."""
    app.url_map.converters.update(
        token=Token,
        slug=Slug,
        number=Number,
        sha256=Sha256,
        set_name=SetName,
        file_key=FileKey,
        public_id=PublicId,
        table=Table,
        paper_figure=PaperFigure,
    )
