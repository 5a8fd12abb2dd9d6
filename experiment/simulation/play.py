"""Let simulated participants play a study over HTTP, several at once, as browsers do."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from random import Random
from typing import get_args

import httpx
from sqlalchemy import select

from experiment.database import Database
from experiment.models import Image
from experiment.participant.images import study_rendition
from experiment.runs import find_study
from experiment.security import sign_mode
from experiment.settings import Settings
from experiment.simulation.browser import Browser, SimulationError, certificates
from experiment.simulation.crowd import Crowd
from experiment.simulation.memory import Memory, Person
from experiment.simulation.player import Outcome, Played, Recognise, play, recogniser

MOST_THREADS = 200
Progress = Callable[[int, int], object]  # players done, players in all


@dataclass(frozen=True, slots=True)
class Failure:
    """A player who did not get to the end."""

    player: int
    reason: str


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """How the players fared."""

    outcomes: Mapping[Outcome, int]  # how many came to each end
    n_responses: int
    failures: tuple[Failure, ...]

    @property
    def n_finished(self) -> int:
        """Players who played their runs to the end."""
        return self.outcomes.get("finished", 0)

    def sentence(self) -> str:
        """What became of how many, for people."""
        said = {
            "finished": "finished",
            "ended": "were ended by an attention rule",
            "stopped": "stopped at a rest",
            "left": "closed the tab",
            "turned_away": "were turned away before the game",
        }
        parts = [f"{n} {said[outcome]}" for outcome, n in self.outcomes.items()]
        return f"{', '.join(parts) or 'nobody played'}; {self.n_responses} responses."


@dataclass(frozen=True, slots=True)
class Conditions:
    """Who plays, and when."""

    crowd: Crowd = field(default_factory=Crowd)
    n_runs: int = 1  # of each player, where the study lets one go on
    stagger_s: float = 0.0  # from one player's start to the next one's
    is_real_time: bool = False
    n_threads: int = 4  # players at once in virtual time

    def threads(self, n_players: int) -> int:
        """How many play at once; in real time all do, as far as one process can."""
        return min(MOST_THREADS, n_players) if self.is_real_time else self.n_threads


def simulate(
    server: str,
    link: str,
    memory: Memory,
    recognise: Recognise,
    players: Sequence[int],
    *,
    seed: int,
    conditions: Conditions | None = None,
    progress: Progress | None = None,
) -> SimulationSummary:
    """Let players play, several at a time.

    Parameters
    ----------
    server, link
        Address of the server; the signed address that makes simulated participants of a study.
    memory, recognise
        How the players remember; which image a picture is.
    players
        Their numbers. The same seed and number is the same person with the same answers.
    seed, conditions, progress
        The only source of chance in what they answer; who plays and when; called as they end.

    Returns
    -------
    How they fared; one who fails is counted with the reason, while the others go on.
    """
    conditions = conditions or Conditions()
    failures: list[Failure] = []
    played: list[Played] = []
    begun = time.monotonic()

    def one(nth: int, number: int) -> Played:
        time.sleep(max(0.0, begun + nth * conditions.stagger_s - time.monotonic()))
        habits = conditions.crowd.habits(seed, number)
        rng = Random(f"{seed}/browser/{number}")
        with Browser(server, rng, is_flaky=habits.is_flaky) as browser:
            return play(
                browser,
                link,
                Person(memory, seed, number, habits.kind),
                recognise,
                habits,
                n_runs=conditions.n_runs,
                is_real_time=conditions.is_real_time,
            )

    with ThreadPoolExecutor(conditions.threads(len(players))) as pool:
        waiting = {pool.submit(one, nth, number): number for nth, number in enumerate(players)}
        try:
            for n_done, future in enumerate(as_completed(waiting), start=1):
                try:
                    played.append(future.result())
                except SimulationError as error:
                    failures.append(Failure(waiting[future], str(error)))
                if progress is not None:
                    progress(n_done, len(waiting))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    failures.sort(key=lambda failure: failure.player)
    counts = Counter(one.outcome for one in played)
    return SimulationSummary(
        outcomes={outcome: counts[outcome] for outcome in get_args(Outcome) if counts[outcome]},
        n_responses=sum(one.n_responses for one in played),
        failures=tuple(failures),
    )


def simulate_study(
    settings: Settings,
    database: Database,
    slug: str,
    server: str,
    memory_of: Callable[[Sequence[str]], Mapping[str, float]],
    players: Sequence[int],
    *,
    seed: int,
    conditions: Conditions | None = None,
    memory_values: Mapping[str, float] | None = None,
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
    players, seed, conditions, progress
        As for ``simulate``.
    memory_values
        Parameters of ``Memory`` other than its defaults.

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
    memory = Memory(memory_of(sorted(pictures)), **(memory_values or {}))
    require_server(server)
    mode = sign_mode(settings.secret_key, slug, "simulated")
    return simulate(
        server,
        f"/s/{slug}?mode={mode}",
        memory,
        recogniser(pictures),
        players,
        seed=seed,
        conditions=conditions,
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
        httpx.get(
            f"{server}/healthz", timeout=10.0, trust_env=False, verify=certificates()
        ).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SimulationError(
            f"no hitrate server answers at {server} ({error}); start one with 'hitrate serve', or "
            "name its address with --server"
        ) from None
