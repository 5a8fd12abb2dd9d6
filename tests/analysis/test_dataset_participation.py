"""What took part and how it ended: the tables of participation, read and held to the codebook."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.dataset import read_dataset
from tests.analysis.test_dataset import TRIALS, problems, write

HEADER = (
    "participant_id,run_id,run,position,image_id,phase,role,is_repeat,lag,responded,key,"
    "had_focus,first_run_id,delay_s\n"
)
# The first run shows cat/1 once; the second shows it again a day later, and cat/2 as a lure.
RETURNING = HEADER + (
    "p1,r1,1,0,cat/1,game,target,false,,false,,true,,\n"
    "p1,r2,2,0,cat/2,test,lure,false,,false,,false,,\n"
    "p1,r2,2,1,cat/1,test,target,true,,true, ,,r1,86400.5\n"
)
PARTICIPATION = {
    "trials": RETURNING,
    "participants": "participant_id,state,outcome,ended_at\np1,finished,attention,"
    "2026-02-01T12:00:00Z\n",
    "runs": "run_id,participant_id,run,state,outcome,end_position\nr1,p1,1,finished,whole,\n"
    "r2,p1,2,finished,attention,2\n",
    "answers": "participant_id,question,value,answered_at\np1,age,34,2026-02-01T11:00:00Z\n"
    "p1,languages,en,\np1,languages,de,\np1,remark,,\n",
    "rule_events": "run_id,level,rule,measure,value,n,threshold,action,position,fired_at\n"
    "r2,1,vigilance,vigilance_hit_rate,0.4,10,0.5,end_level,1,2026-02-01T12:00:00Z\n",
    "exclusions": "participant_id,run_id,level,rule,number,decided_by\n"
    "p1,r2,1,vigilance,0.4,rule\n",
    "flags": 'participant_id,run_id,kind,detail,raised_at\np1,,fast_reading,"{""ms"": 90}",\n',
}


def test_a_dataset_with_all_of_participation_reads_with_its_types(tmp_path: Path) -> None:
    dataset = read_dataset(write(tmp_path, **PARTICIPATION))
    assert dataset.trials is not None
    assert dataset.trials["had_focus"].tolist() == [True, False, pd.NA]
    assert dataset.trials["first_run_id"].isna().tolist() == [True, True, False]
    assert dataset.trials["delay_s"].iloc[2] == 86400.5
    assert dataset.answers is not None
    assert dataset.answers["value"].tolist()[:3] == ["34", "en", "de"]
    assert pd.isna(dataset.answers["value"].iloc[3])
    assert dataset.rule_events is not None
    (event,) = dataset.rule_events.to_dict("records")
    assert (event["value"], event["n"], event["threshold"]) == (0.4, 10, 0.5)
    assert dataset.runs is not None
    assert dataset.runs["end_position"].tolist() == [pd.NA, 2]
    assert dataset.flags is not None
    assert dataset.flags["detail"].tolist() == ['{"ms": 90}']


def test_a_dataset_from_before_participation_reads_as_ever(tmp_path: Path) -> None:
    dataset = read_dataset(write(tmp_path, trials=TRIALS))
    assert dataset.trials is not None
    for name in ("had_focus", "first_run_id", "delay_s"):
        assert dataset.trials[name].isna().all()
    for table in (dataset.answers, dataset.rule_events, dataset.flags):
        assert table is None


# Each case breaks one promise: table, text to replace, replacement, what is told.
FAULTS = [
    (
        "trials",
        "test,lure,false,,false,,",
        "test,lure,true,,false,,",
        "trials.csv line 3, column is_repeat: a lure is shown once",
    ),
    (
        "trials",
        "target,false,,false,,true,,",
        "target,false,,false,,true,r2,",
        "trials.csv line 2, column first_run_id: a first showing has none",
    ),
    (
        "trials",
        "target,true,,true",
        "target,true,1,true",
        "trials.csv line 4, column lag: a repeat of an earlier run has no lag",
    ),
    (
        "trials",
        "r1,86400.5",
        ",86400.5",
        "trials.csv line 4, column delay_s: there is one, but no first_run_id",
    ),
    ("trials", "86400.5", "-1", "trials.csv line 4, column delay_s: '-1' is below 0"),
    (
        "trials",
        "r1,86400.5",
        "r2,86400.5",
        "trials.csv line 4, column first_run_id: is the run itself; within one run it is missing",
    ),
    (
        "trials",
        "r1,86400.5",
        "r9,86400.5",
        "trials.csv line 4, column first_run_id: 'r9' is not in runs.csv",
    ),
    (
        "trials",
        "r2,2,0,cat/2,test,lure",
        "r2,2,0,cat/1,test,target",
        "trials.csv line 4, column first_run_id: the run has its own first showing of the image",
    ),
    (
        "runs",
        "r1,p1,1",
        "r1,p2,1",
        "trials.csv line 4, column first_run_id: is a run of another participant",
    ),
    (
        "runs",
        "r1,p1,1",
        "r1,p1,3",
        "trials.csv line 4, column first_run_id: is no earlier run than this one",
    ),
    ("runs", "attention,2", "bored,2", "runs.csv line 3, column outcome: 'bored' is none of: "),
    (
        "runs",
        "2,finished,attention",
        "2,in_progress,attention",
        "runs.csv line 3, column outcome: there is one, but the run is not finished",
    ),
    ("runs", "attention,2", "attention,-2", "runs.csv line 3, column end_position: '-2' is below"),
    (
        "participants",
        "finished,attention",
        "finished,",
        "participants.csv line 2, column ended_at: there is one, but no outcome",
    ),
    (
        "answers",
        "languages,de",
        "languages,en",
        "answers.csv line 4: participant_id 'p1', question 'languages', value 'en' is also on "
        "line 3; it must be there once",
    ),
    (
        "answers",
        "p1,remark",
        "p7,remark",
        "answers.csv line 5, column participant_id: 'p7' is not in participants.csv",
    ),
    (
        "answers",
        "34,2026-02-01T11:00:00Z",
        "34,yesterday",
        "answers.csv line 2, column answered_at: 'yesterday' is not a time in UTC",
    ),
    (
        "rule_events",
        "r2,1,vig",
        "r5,1,vig",
        "rule_events.csv line 2, column run_id: 'r5' is not in runs.csv",
    ),
    ("rule_events", "0.4,10", "0.4,0", "rule_events.csv line 2, column n: '0' is below 1"),
    (
        "rule_events",
        "end_level",
        "shout",
        "rule_events.csv line 2, column action: 'shout' is none of: warn, end_level, "
        "end_participation, leave_out",
    ),
    (
        "flags",
        "p1,,fast",
        "p1,r5,fast",
        "flags.csv line 2, column run_id: 'r5' is not in runs.csv",
    ),
    (
        "flags",
        "p1,,fast",
        "p4,r1,fast",
        "flags.csv line 2, column run_id: is not a run of this participant in runs",
    ),
]


@pytest.mark.parametrize(("table", "old", "new", "message"), FAULTS)
def test_a_broken_promise_of_participation_is_told_with_line_and_column(
    table: str, old: str, new: str, message: str, tmp_path: Path
) -> None:
    assert old in PARTICIPATION[table]
    texts = PARTICIPATION | {table: PARTICIPATION[table].replace(old, new, 1)}
    found = problems(write(tmp_path, **texts))
    assert any(line.startswith(message) for line in found), found
