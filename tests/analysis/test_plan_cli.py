"""The command ``hitrate plan``, and the page of the documentation whose examples are its own."""

import json
import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.commands.plan import plan
from analysis.errors import AnalysisError
from tests.analysis.simulated_pilot import simulated_pilot

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "planning.md").read_text(encoding="utf-8")
# Each example is a command and what it prints; what a pilot prints follows from its data.
EXAMPLES = re.findall(r"```console\n\$ (hitrate plan .*)\n([\s\S]*?)```", PAGE)


def run(*arguments: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(plan, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def pilot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dataset called pilot in the current folder."""
    monkeypatch.chdir(tmp_path)
    simulated_pilot(Path("pilot"), r1=0.1, n_images=100, n_people=30, n_seen=60)
    return Path("pilot")


def test_the_page_has_examples_of_both_directions() -> None:
    assert len(EXAMPLES) == 5
    assert any("--pilot" in command for command, _ in EXAMPLES)
    assert any("--budget" in command for command, _ in EXAMPLES)


@pytest.mark.parametrize(("command", "printed"), EXAMPLES)
def test_examples_of_the_page_print_what_it_says(pilot: Path, command: str, printed: str) -> None:
    said = run(*shlex.split(command)[2:])
    if "--pilot" in command:
        # The numbers of random data are not the same with every version of numpy.
        said, printed = (re.sub(r"[\d.,–\s]+", " ", text) for text in (said, printed))
    assert said.strip() == printed.strip()


def column(output: str, name: str) -> list[str]:
    """The cells of a row of the table."""
    (line,) = re.findall(rf"^  {re.escape(name)}   +(.*)$", output, re.MULTILINE)
    return re.split(r"\s{2,}", line.strip())


def test_without_r1_both_published_cases_stand_side_by_side() -> None:
    said = run("--images", "1000")
    assert "Neither r1 nor a pilot is given" in said
    assert column(said, "responses per image") == ["53.1", "119.6", "129.3", "291.0"]
    # 53.14 × 1,000 / 66 = 805.2; 119.57: 1,811.7; 129.33: 1,959.6; 291: 4,409.1.
    assert column(said, "people who start") == ["806", "1,812", "1,960", "4,410"]


def test_pay_fee_losses_and_hours_by_hand() -> None:
    # r1 = .2, R = .8: 16 × 100 / (20 × .8 × .9) = 111.1: 112 start, 89.6, so 90 finish; 2 runs of
    # 5 minutes: 15 hours; 12 an hour for 10 minutes and a quarter more: 2.50 each, 225.
    said = run(
        *["--images", "100", "--r1", "0.2", "--reliability", "0.8", "--targets", "10"],
        *["--runs", "2", "--minutes", "5", "--dropout", "20%", "--excluded", "0.1"],
        *["--pay-per-hour", "12", "--fee", "25%", "--currency", "€"],
    )
    assert column(said, "people who start") == ["112"]
    assert column(said, "people who finish") == ["90"]
    assert column(said, "hours of their time") == ["15"]
    assert column(said, "cost, with the fee") == ["€225"]
    assert "plays 2 runs: 20 targets, 10.0 minutes." in said
    assert "80% finish and 72% count: 14.4 responses" in said


def test_columns_are_aligned_to_the_right() -> None:
    said = run("--images", "1000", "--pay", "1.5")
    table = said[said.index("1,000 images") :]
    rows = [line for line in table.splitlines()[1:] if line.startswith("  ")]
    assert len(rows) == 7
    assert len({len(row) for row in rows}) == 1


def test_a_longer_run_has_more_targets() -> None:
    # 279 of 186 trials: 99 targets and 6.5 minutes.
    said = run("--images", "1000", "--trials", "279")
    assert "1 run of 279 trials like lamem2015: 99 targets, 6.5 minutes" in said


def test_chance_needs_more_responses_than_an_even_spread() -> None:
    # D = 1 − 66/1000 = .934: m = 26.571 + √(26.571² + 53.143 × .934) = 54.06.
    said = run("--images", "1000", "--assignment", "random")
    assert column(said, "responses per image")[0] == "54.1"
    assert "--assignment random" not in said


def test_files_hold_every_number(tmp_path: Path) -> None:
    files = {name: tmp_path / f"plan.{name}" for name in ("json", "csv", "svg")}
    said = run(
        *["--images", "1000", "--json", str(files["json"]), "--csv", str(files["csv"])],
        *["--figure", str(files["svg"])],
    )
    record = json.loads(files["json"].read_text(encoding="utf-8"))
    table = pd.read_csv(files["csv"])
    assert table["n_participants"].tolist() == [806, 1812, 1960, 4410]
    assert [need["n_participants"] for need in record["needs"]] == [806, 1812, 1960, 4410]
    assert record["needs"][0]["n_participants_low"] is None
    assert record["curve"][-1]["reliability"] > 0.9
    assert "ρ, correlation of two halves" in files["svg"].read_text(encoding="utf-8")
    assert [line for line in said.splitlines() if line.startswith("Written: ")] == [
        f"Written: {files[name]}" for name in ("json", "csv", "svg")
    ]


def test_people_give_a_reliability_and_a_number_of_images() -> None:
    # 90 × 20 / 120 = 15 responses; r1 = .2: R = 3/3.8 = .79, ρ = .65. R = .5 needs 4: 450 images.
    said = run(
        *["--images", "120", "--participants", "90", "--targets", "20", "--r1", "0.2"],
        *["--reliability", "0.5"],
    )
    assert column(said, "expected reliability R") == ["0.79"]
    assert column(said, "expected ρ of two halves") == ["0.65"]
    assert column(said, "images, at most") == ["450"]


def test_too_few_people_for_one_run_are_told_so() -> None:
    said = run("--participants", "3")
    assert column(said, "images, at most") == ["too few"] * 4
    assert "too few: fewer than the 66 that one participant sees" in said


def test_a_pilot_of_other_images_lends_r1_and_losses_only(pilot: Path) -> None:
    said = run("--pilot", str(pilot), "--images", "2000")
    assert "It has other images" in said
    assert "more people" not in said
    assert "Of those who start, 94% finish and 88% count" in said  # 30 and 28 of 32


def test_people_beyond_a_pilot_add_to_it(pilot: Path) -> None:
    # 28 people × 60 / 100 = 16.8 responses; of 32 who start 28 count: 32 more make 33.6.
    said = run("--pilot", str(pilot), "--participants", "32")
    assert "32 more people start" in said
    assert "  responses per image              33.6\n" in said


def test_the_page_s_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n([\s\S]*?)```", PAGE)
    exec(code, {})  # noqa: S102 (the page's own example)
    # 53.14 × 1,000 / (66 × .85) = 947.3: 948 start, 901 finish; 901 × 1.2 × 1.333 = 1,441.
    assert re.search(r"MemCat's hit rates +948.0 +1441", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--images", "1000", "--reliability", "1"], "reliability is 1; a target is above 0"),
        (["--images", "1000", "--r1", "0"], "r1 is 0; the reliability of one response is above 0"),
        (["--images", "50"], "50 images are fewer than the 66 targets"),
        (["--images", "500", "--paradigm", "x"], "no paradigm is called 'x'; there are lamem2015"),
        (["--images", "500", "--targets", "9", "--trials", "9"], "give one of them"),
        (["--images", "500", "--pay", "1", "--pay-per-hour", "9"], "give either --pay or"),
        (["--images", "500", "--targets", "9", "--pay-per-hour", "9"], "give --minutes"),
        (["--images", "500", "--budget", "9"], "give pay of a participant"),
        (["--images", "500", "--budget", "9", "--participants", "9"], "give --participants or"),
        (["--pilot", "nowhere"], "nowhere: is not a folder"),
        (["--pilot", "nowhere", "--r1", "0.1"], "give either --r1 or --pilot"),
        (["--participants", "90", "--figure", "f.svg"], "give --images"),
        (["--images", "500", "--json", "no/p.json"], "no/p.json cannot be written: No such file"),
        (["--images", "500", "--csv", "no/p.csv"], "no/p.csv cannot be written: No such file"),
        (["--images", "500", "--figure", "no/f.svg"], "no/f.svg cannot be written: No such file"),
        (["--images", "500", "--figure", "f.jpg"], "f.jpg: a figure is one of"),
        ([], "how many images?"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_a_sentence(
    arguments: list[str], message: str
) -> None:
    result = CliRunner().invoke(plan, arguments)
    assert isinstance(result.exception, AnalysisError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)


@pytest.mark.parametrize("wrong", ["much", "100%", "-1", "2"])
def test_what_is_no_share_is_refused(wrong: str) -> None:
    result = CliRunner().invoke(plan, ["--images", "500", f"--dropout={wrong}"])
    assert result.exit_code == 2
    assert "is no share from 0 to below 1; write 0.15 or 15%" in result.output
