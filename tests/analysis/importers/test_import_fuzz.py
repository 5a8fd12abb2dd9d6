"""Whatever bytes and columns come: an import makes a sound dataset or says why not."""

import json
import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.dataset import write_dataset
from analysis.errors import AnalysisError
from analysis.importers.front import import_table
from analysis.importers.table_map import KINDS, map_text, read_map

fuzz = settings(deadline=20_000, suppress_health_check=list(HealthCheck))

TRIALS = """participant,session,trial,image,type,response,rt,correct
s1,1,1,a.jpg,target_first,,,1
s1,1,2,b.jpg,filler,r,0.31,0
s1,1,3,a.jpg,target_repeat,r,0.55,1
s2,1,1,b.jpg,target_first,,,1
s2,1,2,b.jpg,target_repeat,,,0
"""
TEST = """sub;phase;img;old;key;acc;rt
1;study;a;;;;
1;test;a;1;f;1;0,5
1;test;b;0;j;1;0,7
"""
PAIRS = "participant,image,hit,false_alarm,rt\n1,a,1,0,500\n1,b,0,0,\n2,a,,1,\n"
LOG = """participant,event,time,image,key
1,image_onset,1000,a.jpg,
1,image_onset,2400,b.jpg,
1,keypress,2900,,r
1,image_onset,3800,a.jpg,
1,keypress,5000,,r
"""
COUNTS = "image_name,hit,miss,fa,cr,hr\na.jpg,7,3,1,9,.7\nb.jpg,5,5,2,8,.5\n"
MEMCAT = "image_file,category,H,FA,n_resp,memorability_wo_fa_correction\na.jpg,x,63,5,80,0.7875\n"
THINGS = "image_nr,image_name,file_path,cr\n1,a_01.jpg,images/a/a_01.jpg,0.81\n"
LAMEM = "a/1.jpg 0.962963\nb/2.jpg 0.5\n"
EVENTS = "onset\tduration\tstim_file\tresponse_time\n1\t.6\ta.png\tn/a\n2\t.6\ta.png\t0.5\n"
JSPSYCH = json.dumps(
    [
        {"trial_type": "instructions", "trial_index": 0},
        {"trial_type": "image", "stimulus": "a.jpg", "rt": None, "response": None, "subject": 7},
        {"trial_type": "image", "stimulus": "<img src='a.jpg'>", "rt": 400, "response": " "},
    ]
)
SOUND = {
    "trials.csv": TRIALS,
    "test.csv": TEST,
    "pairs.csv": PAIRS,
    "log.csv": LOG,
    "counts.csv": COUNTS,
    "memcat_image_data.csv": MEMCAT,
    "things.csv": THINGS,
    "train_1.txt": LAMEM,
    "sub-1_task-m_events.tsv": EVENTS,
    "p1.json": JSPSYCH,
}
ODD = (
    "",
    " ",
    "NA",
    "-1",
    "1e400",
    "inf",
    "9" * 400,
    "٣",
    "a,b",
    '"',
    "\n",
    "\r",
    ";",
    "\ufeff",
    "=1",
)


@st.composite
def spoilt_file(draw: st.DrawFn) -> tuple[str, bytes]:
    """A sound file, cut, flipped, in another encoding, or with its fields moved or lost."""
    name = draw(st.sampled_from(sorted(SOUND)))
    text = SOUND[name]
    rng = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(draw(st.integers(0, 3))):
        text = spoil_fields(text, rng)
    content = bytearray(text.encode(draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16")))))
    for _ in range(draw(st.integers(0, 3))):
        place = rng.randrange(len(content) + 1)
        match rng.choice(("flip", "cut", "insert", "remove", "double")):
            case "flip" if place < len(content):
                content[place] = rng.randrange(256)
            case "cut":
                del content[place:]
            case "insert":
                content[place:place] = rng.randbytes(rng.randrange(6))
            case "remove":
                del content[place : place + rng.randrange(9)]
            case "double":
                content += content[place:]
    return name, bytes(content)


def spoil_fields(text: str, rng: random.Random) -> str:
    """Move, lose, repeat or replace fields or lines of a table."""
    lines = text.split("\n")
    separator = next((s for s in (";", "\t", ",") if s in lines[0]), " ")
    table = [line.split(separator) for line in lines]
    row, other = rng.randrange(len(table)), rng.randrange(len(table))
    place = rng.randrange(len(table[row]))
    match rng.choice(("swap columns", "lose column", "lose", "odd", "row", "lines", "again")):
        case "swap columns":
            second = rng.randrange(len(table[0]))
            for fields in table:
                if max(place, second) < len(fields):
                    fields[place], fields[second] = fields[second], fields[place]
        case "lose column":
            table = [[*fields[:place], *fields[place + 1 :]] for fields in table]
        case "lose":
            del table[row][place]
        case "odd":
            table[row][place] = rng.choice(ODD)
        case "row":
            table[row] = list(table[other])
        case "lines":
            table[row], table[other] = table[other], table[row]
        case "again":
            table.append(table[row])
    return "\n".join(separator.join(fields) for fields in table)


def imports_or_explains(files: dict[str, bytes], kind: str | None) -> None:
    """Import files; what comes of it is a dataset that reads back, or a sentence."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, content in files.items():
            (root / name).write_bytes(content)
        try:
            imported = import_table([root / name for name in files], kind=kind)
        except AnalysisError as error:
            assert str(error)
            return
        write_dataset(imported.tables, root / "out", meta=imported.meta)
        text = map_text(imported.mapping, imported.understood)
        (root / "map.toml").write_text(text, encoding="utf-8")
        read_map(root / "map.toml")


@settings(fuzz, max_examples=150)
@given(spoilt=spoilt_file(), kind=st.sampled_from((None, None, None, *KINDS)))
def test_spoilt_files_are_imported_or_explained(
    spoilt: tuple[str, bytes], kind: str | None
) -> None:
    imports_or_explains(dict([spoilt]), kind)


@settings(fuzz, max_examples=40)
@given(
    content=st.binary(max_size=200), suffix=st.sampled_from((".csv", ".txt", ".json", ".parquet"))
)
def test_any_bytes_are_imported_or_explained(content: bytes, suffix: str) -> None:
    imports_or_explains({f"x{suffix}": content}, None)


names = st.sampled_from(
    ("stimulus", "rt", "response", "trial_type", "trial_index", "subject", "correct", "x", "")
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(("a.jpg", *ODD)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@settings(fuzz, max_examples=60)
@given(data=st.lists(st.dictionaries(names, values, max_size=6) | values, max_size=5))
def test_any_json_is_imported_or_explained(data: list[object]) -> None:
    imports_or_explains({"x.json": json.dumps(data).encode()}, None)
