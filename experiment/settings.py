"""Where an instance keeps its things, and how it is reached: the only reader of the environment."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from experiment.errors import SettingsError
from experiment.withdrawal_list import WITHDRAWALS

SECRET_BYTES = 32
DEFAULT_PUBLIC_URL = "http://127.0.0.1:8000"


MEGABYTE = 1024**2


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How much of photographs is taken over the web."""

    file_bytes: int = 256 * MEGABYTE  # one picture; an import reads no larger one
    upload_bytes: int = 20 * 1024 * MEGABYTE  # one upload, which may be one zip file
    free_bytes: int = 2 * 1024 * MEGABYTE  # of the disk, which uploads leave alone
    n_open: int = 5  # uploads of one researcher at a time


@dataclass(frozen=True, slots=True)
class Settings:
    """One instance: a folder and a database."""

    instance: Path  # absolute
    database_url: str  # as SQLAlchemy wants it
    secret_key: str  # signs cookies and links; the same in every worker
    public_url: str = DEFAULT_PUBLIC_URL  # where the server is reached, in printed links
    trusted_proxies: int = 0  # how many proxies in front of the server set X-Forwarded-…
    upload_limits: UploadLimits = UploadLimits()

    @property
    def image_sets(self) -> Path:
        """Folder of imported image sets."""
        return self.instance / "image_sets"

    @property
    def renditions(self) -> Path:
        """Folder of the pictures in the size shown to people; can be deleted and made again."""
        return self.instance / "renditions"

    @property
    def uploads(self) -> Path:
        """Folder of photographs on their way into image sets, one folder per upload."""
        return self.instance / "uploads"

    @property
    def exports(self) -> Path:
        """Folder of the exports that the server keeps, one folder per study."""
        return self.instance / "exports"

    @property
    def reports(self) -> Path:
        """Folder of the reports that the server shows, one folder per study."""
        return self.instance / "reports"

    @property
    def withdrawals(self) -> Path:
        """The list of withdrawals that a restored backup must repeat."""
        return self.instance / WITHDRAWALS


def load_settings(instance: Path | None = None) -> Settings:
    """Read the environment, and make the instance folder and its secret key where they are absent.

    - ``HITRATE_INSTANCE`` (default ``./instance``) is the folder; the argument goes before it.
    - ``HITRATE_DATABASE_URL`` (default: ``hitrate.db`` in the instance): SQLite or PostgreSQL.
    - ``HITRATE_SECRET_KEY`` (default: the file ``secret_key`` in the instance) signs cookies.
    - ``HITRATE_PUBLIC_URL`` (default: ``http://127.0.0.1:8000``) is where printed links lead.
    - ``HITRATE_TRUSTED_PROXIES`` (default: 0): so many proxies before the server are believed.
    - ``HITRATE_UPLOAD_FILE_MB`` (default: 256), ``HITRATE_UPLOAD_MB`` (20480) and
      ``HITRATE_UPLOAD_FREE_MB`` (2048): the largest picture and the largest upload that are taken
      over the web, and what uploads leave free on the disk.
    - ``HITRATE_UPLOADS_OPEN`` (default: 5): uploads that one researcher may have open.

    Raises
    ------
    SettingsError
        If the folder or its key cannot be used.
    DatabaseError
        If the database address cannot be used.
    """
    folder, database_url = find_instance(instance)
    secret = given_secret_key() or read_secret_key(folder / "secret_key")
    if len(secret) < SECRET_BYTES:
        raise SettingsError(
            f"the secret key has {len(secret)} characters; at least {SECRET_BYTES} are needed "
            "(delete the file or unset HITRATE_SECRET_KEY, and hitrate makes a good one)"
        )
    return Settings(
        instance=folder,
        database_url=database_url,
        secret_key=secret,
        public_url=read_public_url(os.environ.get("HITRATE_PUBLIC_URL") or DEFAULT_PUBLIC_URL),
        trusted_proxies=read_trusted_proxies(os.environ.get("HITRATE_TRUSTED_PROXIES") or "0"),
        upload_limits=read_upload_limits(),
    )


def find_instance(instance: Path | None = None) -> tuple[Path, str]:
    """The folder of the instance, which is made if absent, and the address of its database.

    Raises
    ------
    SettingsError, DatabaseError
        If one of them cannot be used.
    """
    from experiment.database import normalise_url

    folder = (instance or Path(os.environ.get("HITRATE_INSTANCE") or "instance")).expanduser()
    folder = folder.absolute()
    if "?" in str(folder):  # would begin the options of a database address
        raise SettingsError(f"the path of the instance folder {folder} has a '?'; choose another")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"the instance folder {folder} cannot be made ({error.strerror}); "
            "name another one with HITRATE_INSTANCE"
        ) from None
    url = os.environ.get("HITRATE_DATABASE_URL") or f"sqlite:///{folder / 'hitrate.db'}"
    return folder, normalise_url(url)


def given_secret_key() -> str | None:
    """The secret key that the environment gives; None leaves it to the file in the instance."""
    return os.environ.get("HITRATE_SECRET_KEY") or None


def read_upload_limits() -> UploadLimits:
    """The limits of uploads, or SettingsError."""
    usual = UploadLimits()
    return UploadLimits(
        file_bytes=read_whole("HITRATE_UPLOAD_FILE_MB", usual.file_bytes // MEGABYTE) * MEGABYTE,
        upload_bytes=read_whole("HITRATE_UPLOAD_MB", usual.upload_bytes // MEGABYTE) * MEGABYTE,
        free_bytes=read_whole("HITRATE_UPLOAD_FREE_MB", usual.free_bytes // MEGABYTE) * MEGABYTE,
        n_open=read_whole("HITRATE_UPLOADS_OPEN", usual.n_open),
    )


def read_whole(name: str, usual: int) -> int:
    """A whole number of at least 1 from the environment, or SettingsError."""
    text = os.environ.get(name) or str(usual)
    if not (text.isascii() and text.isdecimal() and len(text) <= 12 and int(text) >= 1):
        raise SettingsError(f"{name} is {text!r}; write a whole number of at least 1")
    return int(text)


def read_public_url(text: str) -> str:
    """The address without a slash at its end, or SettingsError."""
    if not text.startswith(("http://", "https://")):
        raise SettingsError(
            f"HITRATE_PUBLIC_URL is {text!r}; write an address such as https://memory.example.org"
        )
    return text.rstrip("/")


def read_trusted_proxies(text: str) -> int:
    """A whole number from 0 to 9, or SettingsError."""
    if not (len(text) == 1 and text in "0123456789"):
        raise SettingsError(
            f"HITRATE_TRUSTED_PROXIES is {text!r}; write how many proxies stand in front of the "
            "server, 0 to 9"
        )
    return int(text)


def read_secret_key(path: Path) -> str:
    """The key in this file, which is made (mode 0600) if absent.

    Workers that start together agree on one key: each writes its own aside, and the first to give
    it the final name wins.
    """
    try:
        if not path.exists():
            aside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as file:
                    file.write(secrets.token_urlsafe(SECRET_BYTES))
                    file.flush()
                    os.fsync(file.fileno())
                with suppress(FileExistsError):  # another worker was first
                    path.hardlink_to(aside)
            finally:
                aside.unlink()
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsError(
            f"the secret key {path} cannot be read or made ({error.strerror}); "
            "check whose folder it is"
        ) from None
