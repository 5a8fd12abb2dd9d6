"""Let simulated participants play a study over HTTP, several at once, as browsers do."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import httpx
from sqlalchemy import select

from experiment.database import Database
from experiment.models import Image
from experiment.participant.images import study_rendition
from experiment.runs import find_study
from experiment.security import sign_mode
from experiment.settings import Settings
from experiment.simulation.browser import Browser, SimulationError
from experiment.simulation.memory import Memory, Person
from experiment.simulation.player import Recognise, play, recogniser

Progress = Callable[[int, int], object]  # players done, players in all


@dataclass(frozen=True, slots=True)
class Failure:
    """A player who did not get to the end."""

    player: int
    reason: str


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """How the players fared."""

    n_finished: int
    n_responses: int
    failures: tuple[Failure, ...]


def simulate(
    server: str,
    link: str,
    memory: Memory,
    recognise: Recognise,
    players: Sequence[int],
    *,
    seed: int,
    n_threads: int = 4,
    progress: Progress | None = None,
) -> SimulationSummary:
    """Let players play one run each, several at a time.

    Parameters
    ----------
    server, link
        Address of the server; the signed address that makes simulated participants of a study.
    memory, recognise
        How the players remember; which image a picture is.
    players
        Their numbers. The same seed and number is the same person with the same answers.
    seed, n_threads, progress
        The only source of chance in what they answer; how many play at once; called as they end.

    Returns
    -------
    How they fared; one who fails is counted with the reason, while the others go on.
    """
    failures: list[Failure] = []
    n_responses = 0

    def one(number: int) -> int:
        with Browser(server) as browser:
            return play(browser, link, Person(memory, seed, number), recognise)

    with ThreadPoolExecutor(n_threads) as pool:
        waiting = {pool.submit(one, number): number for number in players}
        try:
            for n_done, future in enumerate(as_completed(waiting), start=1):
                try:
                    n_responses += future.result()
                except SimulationError as error:
                    failures.append(Failure(waiting[future], str(error)))
                if progress is not None:
                    progress(n_done, len(waiting))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    failures.sort(key=lambda failure: failure.player)
    return SimulationSummary(len(players) - len(failures), n_responses, tuple(failures))


def simulate_study(
    settings: Settings,
    database: Database,
    slug: str,
    server: str,
    memory_of: Callable[[Sequence[str]], Mapping[str, float]],
    players: Sequence[int],
    *,
    seed: int,
    progress: Progress | None = None,
) -> SimulationSummary:
    """Let players with a known memory play a study on a server that runs on this instance.

    Parameters
    ----------
    settings, database
        Of the instance: its key signs the link that marks its participants as simulated, and its
        renditions tell what the pictures show.
    slug, server
        Of the study, which must be open; where it is served.
    memory_of
        Given the image_ids of the study's set, the memorability of each.
    players, seed, progress
        As for ``simulate``.

    Raises
    ------
    NotFoundError
        If there is no such study.
    SimulationError
        If the study is not open or no server answers.
    """
    with database.read() as session:
        study = find_study(session, slug)
        if study.state != "open":
            raise SimulationError(
                f"the study '{slug}' is {study.state}; 'hitrate study open {slug}' opens it"
            )
        images = session.scalars(select(Image).where(Image.image_set_id == study.image_set_id))
        pictures = {
            image.image_id: study_rendition(image, settings, study.image_set.name, study.paradigm)
            for image in images
        }
    memory = Memory(memory_of(sorted(pictures)))
    require_server(server)
    mode = sign_mode(settings.secret_key, slug, "simulated")
    return simulate(
        server,
        f"/s/{slug}?mode={mode}",
        memory,
        recogniser(pictures),
        players,
        seed=seed,
        progress=progress,
    )


def require_server(server: str) -> None:
    """Refuse to begin where nobody answers.

    Raises
    ------
    SimulationError
        Saying how to start a server.
    """
    try:
        httpx.get(f"{server}/healthz", timeout=10.0, trust_env=False).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SimulationError(
            f"no hitrate server answers at {server} ({error}); start one with 'hitrate serve', or "
            "name its address with --server"
        ) from None
