"""A backup is one moment of an instance; a restored one lives on: codes, links, games, images."""

import io
import re
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from experiment import database as schema
from experiment.app import create_app
from experiment.backup.archive import check_backup
from experiment.backup.making import make_backup
from experiment.backup.manifest import BackupError, Manifest
from experiment.backup.restoring import Place, Restored, restore_backup
from experiment.database import Database
from experiment.models import AuditEntry, Participant, Response, Run
from experiment.security import sign_mode
from experiment.settings import Settings
from experiment.withdrawal import withdraw, withdrawal_code
from experiment.withdrawal_list import Wish, note_withdrawal, read_withdrawals
from tests.experiment.recruiting import CODES, PROLIFIC, identities, recruit
from tests.experiment.visitor import N_TRIALS, Player, Visitor, response
from tests.postgresql import Server

# What these tests are about does not touch the kind of database.
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def second(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty instance with an empty database of the same kind."""
    folder = tmp_path / "second"
    folder.mkdir()
    if backend == "sqlite":
        yield Place(folder, f"sqlite:///{folder / 'hitrate.db'}", None)
        return
    server: Server = request.getfixturevalue("postgresql_server")
    name = server.create()
    yield Place(folder, schema.normalise_url(server.url(name)), None)
    server.drop(name)


@contextmanager
def running(place: Place) -> Iterator[tuple[Flask, Database]]:
    """The application of a restored instance."""
    key = (place.folder / "secret_key").read_text(encoding="ascii")
    app = create_app(Settings(place.folder, place.database_url, key))
    database: Database = app.extensions["hitrate"].database
    try:
        yield app, database
    finally:
        database.close()


def backed_up(settings: Settings, tmp_path: Path) -> Path:
    """A backup of the instance as it is now."""
    out, _ = make_backup(settings, tmp_path / "backup.tar")
    return out


def public_ids(database: Database) -> list[str]:
    """Everybody who is in a database, in the order of their coming."""
    with database.read() as session:
        return list(session.scalars(select(Participant.public_id).order_by(Participant.id)))


def test_a_restored_instance_goes_on_where_the_backup_was_made(
    app: Flask, visitor: Visitor, settings: Settings, tmp_path: Path, second: Place
) -> None:
    visitor.begin_run().play({1, 2})
    half_way = Visitor(app)
    player = half_way.begin_run()
    assert player.send(*(response(position) for position in range(5))).status_code == 201
    backup = backed_up(settings, tmp_path)
    Visitor(app).begin_run().play()  # too late for the backup

    done = restore_backup(second, backup)

    assert (done.n_withdrawn, done.schema_revision) == (0, schema.head_revision())
    assert not (second.folder / "renditions").exists()
    with running(second) as (restored, database):
        for browser in (visitor, half_way):  # the same cookies, another server
            browser.client.application = restored
        assert visitor.get("/thanks").status_code == 200
        on = Player(half_way.client, player.run_url)
        assert on.start(last_shown=4).status_code == 200
        assert on.config()["next_position"] == 5
        picture = half_way.client.get(on.config()["trials"][7]["image_url"])
        assert picture.status_code == 200
        on.send(*(response(position) for position in range(5, N_TRIALS)))
        assert on.finish().status_code == 200
        with database.read() as session:
            stored = session.scalar(select(func.count()).select_from(Response))
        assert stored == 2 * N_TRIALS
        with database.read() as session:
            actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert actions[-2:] == ["backup.made", "backup.restored"]
        mode = sign_mode(settings.secret_key, "pictures", "preview")
        assert "preview" in Visitor(restored).get(f"?mode={mode}").text.lower()


def test_a_withdrawal_code_works_after_the_restore(
    visitor: Visitor, settings: Settings, tmp_path: Path, second: Place
) -> None:
    visitor.begin_run().play()
    code = re.findall(r'<code translate="no">([^<]+)</code>', visitor.get("/thanks").text)[0]
    restore_backup(second, backed_up(settings, tmp_path))
    with running(second) as (restored, database):
        stranger = Visitor(restored)
        form = stranger.client.get("/withdraw")
        stranger.submit(form, code=code)
        assert stranger.submit(form, code=code, confirm="yes").status_code == 303
        assert public_ids(database) == []
    assert len(read_withdrawals(second.folder / "withdrawals.txt")) == 1


def test_withdrawals_since_the_backup_are_repeated_from_a_newer_list(
    app: Flask, visitor: Visitor, database: Database, settings: Settings, tmp_path: Path,
    second: Place,
) -> None:  # fmt: skip
    players = [visitor, Visitor(app), Visitor(app)]
    for player in players:
        player.begin_run().play()
    before, since, stays = public_ids(database)
    withdraw_one(database, settings, before)
    backup = backed_up(settings, tmp_path)
    withdraw_one(database, settings, since)

    done = restore_backup(second, backup, [settings.withdrawals])

    assert done.n_withdrawn == 1
    with running(second) as (_, restored):
        assert public_ids(restored) == [stays]
        with restored.read() as session:
            assert session.scalar(select(func.count()).select_from(Run)) == 1
    assert read_withdrawals(second.folder / "withdrawals.txt") == read_withdrawals(
        settings.withdrawals
    )


@on_sqlite
def test_a_list_that_lies_in_the_folder_is_repeated_too_and_none_brings_people_back(
    app: Flask, visitor: Visitor, database: Database, settings: Settings, tmp_path: Path,
    second: Place,
) -> None:  # fmt: skip
    visitor.begin_run().play()
    Visitor(app).begin_run().play()
    since, stays = public_ids(database)
    backup = backed_up(settings, tmp_path)
    assert not settings.withdrawals.exists()
    withdraw_one(database, settings, since)
    (second.folder / "withdrawals.txt").write_bytes(settings.withdrawals.read_bytes())
    assert restore_backup(second, backup).n_withdrawn == 1
    with running(second) as (_, restored):
        assert public_ids(restored) == [stays]


@on_sqlite
def test_who_got_their_code_after_the_backup_is_found_by_it(
    visitor: Visitor, database: Database, settings: Settings, tmp_path: Path, second: Place
) -> None:
    """An upgrade gives participants of an earlier version a stand-in until they see their code."""
    visitor.begin_run().play()
    with database.write() as session:
        session.scalars(select(Participant)).one().withdrawal_sha256 = "stand-in"
    backup = backed_up(settings, tmp_path)
    visitor.get("/thanks")  # shows the code, which works from now on
    withdraw_one(database, settings, public_ids(database)[0])
    assert restore_backup(second, backup, [settings.withdrawals]).n_withdrawn == 1


@on_sqlite
def test_an_identity_that_was_erased_since_is_erased_again_and_the_data_stay(
    visitor: Visitor, database: Database, settings: Settings, tmp_path: Path, second: Place
) -> None:
    recruit(database, kind="prolific", codes=CODES)
    visitor.begin_run(PROLIFIC)
    backup = backed_up(settings, tmp_path)
    with database.read() as session:
        code = session.scalars(select(Participant.withdrawal_sha256)).one()
    note_withdrawal(settings.withdrawals, code, "identity")
    done = restore_backup(second, backup, [settings.withdrawals])
    assert (done.n_withdrawn, done.n_erased) == (0, 1)
    with running(second) as (_, restored):
        assert len(public_ids(restored)) == 1
        assert identities(restored) == []


def withdraw_one(database: Database, settings: Settings, public_id: str) -> None:
    """Withdraw a participant as the page does."""
    with database.write() as session:
        query = select(Participant).where(Participant.public_id == public_id)
        withdraw(session, session.scalars(query).one(), settings.withdrawals)


@on_sqlite
def test_the_list_is_written_before_anything_is_deleted(
    visitor: Visitor, database: Database, settings: Settings
) -> None:
    visitor.begin_run()
    with database.read() as session:
        kept = session.scalars(select(Participant.withdrawal_sha256)).one()
    with pytest.raises(RuntimeError), database.write() as session:
        withdraw(session, session.scalars(select(Participant)).one(), settings.withdrawals)
        raise RuntimeError("the power fails before the commit")
    assert list(read_withdrawals(settings.withdrawals)) == [Wish(kept, "all")]
    assert settings.withdrawals.stat().st_mode & 0o777 == 0o600
    assert len(public_ids(database)) == 1


def test_backups_made_while_people_play_hold_whole_moments(
    app: Flask, database: Database, settings: Settings, tmp_path: Path
) -> None:
    """A run is finished in the request after its last responses: so is it in each backup."""
    stop = threading.Event()
    finished: list[int] = []

    def play_on() -> None:
        while not stop.is_set():
            Visitor(app).begin_run().play()
            finished.append(1)

    players = [threading.Thread(target=play_on) for _ in range(2)]
    for player in players:
        player.start()
    moments: list[tuple[int, Manifest]] = []
    try:
        for number in range(3):
            while len(finished) <= 2 * number:
                stop.wait(0.01)
            moments.append((len(finished), make_backup(settings, tmp_path / f"{number}.tar")[1]))
    finally:
        stop.set()
        for player in players:
            player.join()
    assert len(finished) > moments[0][0]  # they went on meanwhile
    for n_finished, manifest in moments:
        assert manifest.rows["participant"] >= n_finished
        assert manifest.rows["response"] >= n_finished * N_TRIALS
        assert manifest.rows["response"] % N_TRIALS == 0  # each run sends all of its own at once
        assert manifest.rows["trial"] == manifest.rows["run"] * N_TRIALS


def test_a_backup_of_an_older_schema_is_brought_up_to_this_one(
    visitor: Visitor, database: Database, settings: Settings, tmp_path: Path, second: Place
) -> None:
    visitor.begin_run().play()
    schema.downgrade(settings.database_url, "-1")
    backup = backed_up(settings, tmp_path)
    assert check_backup(backup, lambda _: None).schema_revision != schema.head_revision()
    assert restore_backup(second, backup).schema_revision == schema.head_revision()
    with running(second) as (_, restored):
        assert len(public_ids(restored)) == 1


@on_sqlite
def test_a_backup_has_everything_but_what_can_be_made_again(
    app: Flask, visitor: Visitor, settings: Settings, tmp_path: Path
) -> None:
    (settings.reports / "pictures").mkdir(parents=True)
    (settings.reports / "pictures" / "report.html").write_text("<p>ρ = .5</p>", encoding="utf-8")
    elsewhere = tmp_path / "other disk"
    settings.image_sets.rename(elsewhere)
    settings.image_sets.symlink_to(elsewhere)
    (elsewhere / "loop").symlink_to(elsewhere)
    backup, manifest = make_backup(settings, tmp_path)
    assert re.fullmatch(r"hitrate-\d{4}-\d\d-\d\dT\d{6}Z\.tar", backup.name)
    assert backup.stat().st_mode & 0o777 == 0o600
    assert manifest.images_without_file == 0
    kinds = {name.split("/")[0] for name in manifest.files}
    assert kinds - {"database.sqlite", "database.pgdump"} == {"image_sets", "reports", "secret_key"}
    originals = [name for name in manifest.files if "/originals/" in name]
    assert len(originals) == 24
    assert sorted(path.name for path in tmp_path.glob(".hitrate-backup-*")) == []


@on_sqlite
def test_images_that_have_no_file_are_told(app: Flask, settings: Settings, tmp_path: Path) -> None:
    for path in sorted((settings.image_sets / "pictures" / "originals").iterdir())[:3]:
        path.unlink()
    assert make_backup(settings, tmp_path / "backup.tar")[1].images_without_file == 3


@on_sqlite
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("cut", "cut off or damaged"),
        ("flip", "is not what was put into it"),
        ("add", "is not in the manifest"),
        ("remove", "is missing"),
        ("twice", "twice"),
        ("outside", "it holds '../outside'"),
        ("link", "it holds 'link'"),
        ("no manifest", "has no manifest.json"),
        ("newer", "newer version"),
        ("text", "no tar file"),
        ("absent", "cannot be read"),
    ],
)
def test_a_damaged_backup_is_refused_and_changes_nothing(
    app: Flask, settings: Settings, tmp_path: Path, second: Place, change: str, says: str
) -> None:
    backup = backed_up(settings, tmp_path)
    spoil(backup, change)
    with pytest.raises(BackupError, match=re.escape(says)):
        check_backup(backup, lambda _: None)
    with pytest.raises(BackupError, match=re.escape(says)):
        restore_backup(second, backup)
    assert list(second.folder.iterdir()) == []


def spoil(backup: Path, change: str) -> None:
    """Do this to a backup."""
    content = backup.read_bytes()
    if change in ("cut", "flip", "text", "absent"):
        at = content.index(b"\x89PNG") + 20
        changed = {
            "cut": content[:at],
            "flip": content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :],
            "text": b"a study of kitchens",
            "absent": b"",
        }[change]
        backup.write_bytes(changed)
        if change == "absent":
            backup.unlink()
        return
    with tarfile.open(backup) as archive:
        files = {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr] # all are files
    if change == "remove":
        files.pop(next(name for name in files if name.endswith(".png")))
    if change == "no manifest":
        del files["manifest.json"]
    if change == "newer":
        files["manifest.json"] = files["manifest.json"].replace(b'"format": 1', b'"format": 2')
    added = {"add": "extra", "twice": "secret_key", "outside": "../outside", "link": "link"}
    with tarfile.open(backup, "w") as archive:
        for name, held in [*files.items(), *([(added[change], b"x")] if change in added else [])]:
            member = tarfile.TarInfo(name)
            member.size = len(held)
            if name == "link":
                member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0
            archive.addfile(member, io.BytesIO(held))


def test_a_restore_never_takes_the_place_of_anything(
    app: Flask, settings: Settings, tmp_path: Path, second: Place, backend: str
) -> None:
    backup = backed_up(settings, tmp_path)
    here = Place(settings.instance, settings.database_url, None)
    with pytest.raises(BackupError, match="is in use already"):
        restore_backup(here, backup)
    used = Place(second.folder, settings.database_url, None)
    with pytest.raises(BackupError, match=r"database .* is in use already"):
        restore_backup(used, backup)
    other = "postgresql+psycopg:///nowhere" if backend == "sqlite" else "sqlite:////nowhere"
    with pytest.raises(BackupError, match=f"the backup holds a {backend} database"):
        restore_backup(Place(second.folder, other, None), backup)
    with pytest.raises(BackupError, match="HITRATE_SECRET_KEY is not the key of this backup"):
        restore_backup(Place(second.folder, second.database_url, "k" * 40), backup)
    assert list(second.folder.iterdir()) == []
    (second.folder / "secret_key").write_text("k" * 40)
    with pytest.raises(BackupError, match="another instance's key"):
        restore_backup(second, backup)
    assert [path.name for path in second.folder.iterdir()] == ["secret_key"]


@on_sqlite
def test_a_list_that_is_no_list_stops_the_restore(
    app: Flask, settings: Settings, tmp_path: Path, second: Place
) -> None:
    backup = backed_up(settings, tmp_path)
    (second.folder / "withdrawals.txt").write_text("AB12-CD34-EF56-GH78\n")
    with pytest.raises(Exception, match=r"withdrawals\.txt line 1 is no withdrawal"):
        restore_backup(second, backup)
    assert [path.name for path in second.folder.iterdir()] == ["withdrawals.txt"]


@on_sqlite
def test_a_backup_never_takes_the_place_of_another_or_lies_in_its_instance(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    out = backed_up(settings, tmp_path)
    before = out.read_bytes()
    with pytest.raises(BackupError, match="is already there"):
        make_backup(settings, out)
    assert out.read_bytes() == before
    with pytest.raises(BackupError, match="in the instance folder itself"):
        make_backup(settings, settings.instance / "backup.tar")
    with pytest.raises(BackupError, match="there is no folder"):
        make_backup(settings, tmp_path / "nowhere" / "backup.tar")


def test_an_instance_without_tables_has_nothing_to_keep(
    instance: Path, empty_database_url: str, tmp_path: Path
) -> None:
    url = schema.normalise_url(empty_database_url)
    with pytest.raises(BackupError, match="there is nothing to keep yet"):
        make_backup(Settings(instance, url, "k" * 40), tmp_path / "backup.tar")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["instance"]


@pytest.mark.postgresql
@pytest.mark.parametrize("backend", ["postgresql"])
def test_without_postgresqls_program_the_error_says_what_to_install(
    app: Flask, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("experiment.backup.databases.POSTGRESQL_PROGRAMS", tmp_path)
    with pytest.raises(BackupError, match="apt install postgresql-client"):
        make_backup(settings, tmp_path / "backup.tar")
    assert not (tmp_path / "backup.tar").exists()


@on_sqlite
def test_a_restored_code_is_the_one_that_was_shown(
    visitor: Visitor, database: Database, settings: Settings, tmp_path: Path, second: Place
) -> None:
    visitor.begin_run()
    (person,) = public_ids(database)
    done: Restored = restore_backup(second, backed_up(settings, tmp_path))
    key = (done.folder / "secret_key").read_text(encoding="ascii")
    assert withdrawal_code(key, person) == withdrawal_code(settings.secret_key, person)
    assert (done.folder / "secret_key").stat().st_mode & 0o777 == 0o600
