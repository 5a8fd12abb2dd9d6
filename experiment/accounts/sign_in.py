"""Signing in: whether an address and a password belong together."""

from experiment.access import Actor
from experiment.accounts.passwords import fits, hash_password, is_outdated
from experiment.accounts.researchers import choose_password
from experiment.accounts.throttle import count_attempt, tell_attempt
from experiment.current import instance
from experiment.errors import ExperimentError
from experiment.models import AuditEntry, Researcher


class WrongPasswordError(ExperimentError):
    """No researcher has this address and this password."""

    status = 422
    code = "sign_in_wrong"


def check_password_of(email: str, password: str) -> Researcher:
    """The researcher with this address and password; as much work for an address without one.

    Raises
    ------
    WrongPasswordError
        If there is none, or they may not sign in; it does not say which.
    TooManyRequestsError
        After too many wrong passwords for this address.
    """
    database = instance().database
    attempt, researcher = count_attempt(database, email)
    is_right = fits(password, None if researcher is None else researcher.password_hash)
    if researcher is None or not is_right or researcher.disabled_at is not None:
        raise WrongPasswordError(
            "this address and password do not belong together; try again, or ask an administrator "
            "for a link that lets you choose another password"
        )
    with database.write() as db:
        tell_attempt(db, attempt, "sign_in.done")
        if is_outdated(str(researcher.password_hash)):
            db.get_one(Researcher, researcher.id).password_hash = hash_password(password)
    return researcher


def change_password(by: Actor, researcher: Researcher, current: str, new: str) -> Researcher:
    """Choose another password, knowing the current one; every session of theirs ends.

    Raises
    ------
    WrongPasswordError
        If the current one is another.
    InvalidError
        If the new one would be guessed.
    TooManyRequestsError
        After too many wrong passwords.
    """
    database = instance().database
    attempt, _ = count_attempt(database, researcher.email, "password.refused")
    if not fits(current, researcher.password_hash):
        raise WrongPasswordError("the current password is another one; type it in again")
    with database.write() as db:
        db.delete(db.get_one(AuditEntry, attempt))
        changed = db.get_one(Researcher, researcher.id)
        choose_password(db, by, changed, new)
    return changed
