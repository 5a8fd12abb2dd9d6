"""Tables of trials, written by hand; every expected row is read off the file by eye."""

from pathlib import Path

import pytest

from analysis.errors import DatasetError
from analysis.importers.table_map import TableMap, to_map
from tests.analysis.importers.importing import Result, import_files

STREAM = """subj,trial,picture,key,RT
s1,1,a.jpg,,
s1,2,b.jpg,r,0.412
s1,3,a.jpg,r,0.530
s1,4,c.jpg,,
s1,5,b.jpg,,
"""


def table(folder: Path, text: str | bytes, **said: object) -> Result:
    """What becomes of one table of trials; keywords are parts of a mapping file."""
    return import_files(folder, {"t.csv": text}, mapping=to_map(said) if said else TableMap())


def refusal(folder: Path, text: str, **said: object) -> str:
    """What an import says that refuses a table."""
    with pytest.raises(DatasetError) as error:
        table(folder, text, **said)
    return str(error.value)


def test_repeats_and_lags_come_from_positions(tmp_path: Path) -> None:
    result = table(tmp_path, STREAM)
    wanted = ("position", "image_id", "role", "is_repeat", "lag", "n_intervening", "responded")
    assert result.rows("participant_id", *wanted, "key", "rt_ms") == [
        ("s1", 0, "a", "target", False, None, None, False, None, None),
        ("s1", 1, "b", "target", False, None, None, True, "r", 412.0),
        ("s1", 2, "a", "target", True, 2, 1, True, "r", 530.0),
        ("s1", 3, "c", "filler", False, None, None, False, None, None),
        ("s1", 4, "b", "target", True, 3, 2, False, None, None),
    ]
    assert result.said("RT: reaction time in seconds, judged by its median, 0.471")
    assert result.said("lags: counted from positions for 2 repeats")


def test_rows_in_order_stand_for_positions_and_it_is_said(tmp_path: Path) -> None:
    text = "\n".join(",".join(line.split(",")[i] for i in (0, 2, 3)) for line in STREAM.split())
    result = table(tmp_path, text)
    assert result.rows("position", "is_repeat", "lag") == [
        (0, False, None),
        (1, False, None),
        (2, True, 2),
        (3, False, None),
        (4, True, 3),
    ]
    assert result.said("positions: the order of rows within a run, as no column holds them")


def test_lag_is_missing_where_positions_have_gaps(tmp_path: Path) -> None:
    text = STREAM.replace("s1,4,c.jpg,,\n", "")
    result = table(tmp_path, text)
    assert [row[0] for row in result.rows("lag")] == [None] * 4
    assert result.said("lags: missing, as trials of the runs are not there")


def test_given_intervening_counts_become_lags_one_higher(tmp_path: Path) -> None:
    text = "subject,image,repeat,n_intervening,response\n1,a,0,,no\n1,b,0,,no\n1,a,1,35,yes\n"
    result = table(tmp_path, text)
    assert result.rows("image_id", "lag", "n_intervening", "is_position_known") == [
        ("a", None, None, False),
        ("b", None, None, False),
        ("a", 36, 35, False),
    ]
    assert result.said("does not agree with (1 repeats; t.csv line 4)")


def test_a_lag_column_that_counts_images_between_is_noticed(tmp_path: Path) -> None:
    text = "pp,pos,image,lag,resp\n1,1,a,,\n1,2,b,,\n1,3,a,1,k\n1,4,b,1,k\n"
    result = table(tmp_path, text)
    assert [row[0] for row in result.rows("lag")] == [None, None, 2, 2]
    assert result.said("lag: counts the images between, as positions show; the lag is one more")


@pytest.mark.parametrize("words", ["hit miss fa cr", "H M F C", "Hit MISS false_alarm CR"])
def test_outcomes_tell_answer_and_showing(words: str, tmp_path: Path) -> None:
    hit, miss, alarm, rejection = words.split()
    text = f"id_subject,participant,img,outcome\nx,1,a,{alarm}\nx,1,b,{rejection}\n"
    result = table(tmp_path, text + f"x,1,a,{hit}\nx,1,b,{miss}\n")
    assert result.rows("image_id", "is_repeat", "responded") == [
        ("a", False, True),
        ("b", False, False),
        ("a", True, True),
        ("b", True, False),
    ]


@pytest.mark.parametrize(
    "values",
    [
        "old new yes no",
        "old new old new",
        "1 0 1 0",
        "repeat first TRUE FALSE",
        "2 1 y n",
        "Target Lure old new",
        "studied foil 1.0 0.0",
    ],
)
def test_status_and_response_tell_the_outcome(values: str, tmp_path: Path) -> None:
    old, new, yes, no = values.split()
    text = f"participant,image,status,response\n7,a,{old},{yes}\n7,b,{old},{no}\n"
    result = table(tmp_path, text + f"7,c,{new},{yes}\n7,d,{new},{no}\n")
    assert result.rows("image_id", "is_repeat", "responded", "lag", "phase", "role") == [
        ("a", True, True, None, "test", "target"),
        ("b", True, False, None, "test", "target"),
        ("c", False, True, None, "test", "target"),
        ("d", False, False, None, "test", "target"),
    ]


def test_correctness_tells_which_of_two_keys_means_old(tmp_path: Path) -> None:
    text = "ppt,image,old,key,acc,rt\n1,a,1,f,1,500\n1,b,1,j,0,600\n1,c,0,j,1,700\n1,d,0,,,\n"
    result = table(tmp_path, text)
    assert result.rows("image_id", "responded", "key", "rt_ms", "answer", "answer_rt_ms") == [
        ("a", True, "f", 500.0, "old", "500.0"),
        ("b", False, None, None, "new", "600.0"),
        ("c", False, None, None, "new", "700.0"),
    ]
    assert result.said("1 row: no answer where there are two")
    assert result.said("(t.csv line 5)")


def test_correctness_alone_is_enough_with_the_status(tmp_path: Path) -> None:
    text = "participant,image,is_new,accuracy\n1,a,0,correct\n1,b,0,wrong\n1,c,1,1\n1,d,1,0\n"
    result = table(tmp_path, text)
    assert result.rows("image_id", "is_repeat", "responded") == [
        ("a", True, True),
        ("b", True, False),
        ("c", False, False),
        ("d", False, True),
    ]


def test_answer_and_correctness_tell_what_was_old(tmp_path: Path) -> None:
    text = "participant,image,response,correct\n1,a,old,1\n1,b,old,0\n1,c,new,1\n1,d,new,0\n"
    result = table(tmp_path, text)
    assert [row[0] for row in result.rows("is_repeat")] == [True, False, False, True]


def test_two_keys_of_unknown_meaning_are_asked_about(tmp_path: Path) -> None:
    text = "participant,image,status,key\n1,a,old,f\n1,b,new,j\n1,c,old,f\n"
    message = refusal(tmp_path, text)
    assert "column key holds 'f' 2 times, 'j' 1 times: which of them means old?" in message
    result = table(tmp_path, text, values={"response": {"old": ["F"], "new": ["j"]}})
    assert [row[0] for row in result.rows("responded")] == [True, False, True]


def test_study_and_test_make_one_run_without_lags(tmp_path: Path) -> None:
    text = "sub,phase,trial,image,resp\n"
    text += "1,study,1,a,\n1,study,2,b,\n1,test,1,c,old\n1,test,2,b,old\n1,test,3,a,new\n"
    result = table(tmp_path, text)
    assert result.rows("phase", "position", "image_id", "is_repeat", "lag", "responded") == [
        ("study", 0, "a", False, None, False),
        ("study", 1, "b", False, None, False),
        ("test", 2, "c", False, None, True),
        ("test", 3, "b", True, None, True),
        ("test", 4, "a", True, None, False),
    ]
    assert set(result.trials["role"]) == {"target"}
    assert result.said("lags: missing, as studying and testing are separate")


def test_one_column_may_say_role_and_showing_at_once(tmp_path: Path) -> None:
    text = "subject,trial,image,type,resp\n1,1,a,target_first,\n1,2,v,vig1,\n1,3,v,vig2,k\n"
    result = table(tmp_path, text + "1,4,f,filler,\n1,5,a,target_repeat,k\n")
    assert result.rows("image_id", "role", "is_repeat", "lag") == [
        ("a", "target", False, None),
        ("v", "vigilance", False, None),
        ("v", "vigilance", True, 1),
        ("f", "filler", False, None),
        ("a", "target", True, 4),
    ]


def test_blocks_that_start_again_are_runs_and_those_that_go_on_are_levels(tmp_path: Path) -> None:
    again = "participant,block,trial,image,resp\n1,1,1,a,\n1,1,2,a,k\n1,2,1,b,\n1,2,2,b,k\n"
    result = table(tmp_path, again)
    assert result.rows("run_id", "run", "level", "position", "lag") == [
        ("1-1", 1, 1, 0, None),
        ("1-1", 1, 1, 1, 1),
        ("1-2", 2, 1, 0, None),
        ("1-2", 2, 1, 1, 1),
    ]
    on = "participant,block,trial,image,resp\n1,1,1,a,\n1,1,2,b,\n1,2,1,b,k\n1,2,2,a,\n"
    result = table(tmp_path, on)
    assert result.rows("run", "level", "position", "is_repeat", "lag") == [
        (1, 1, 0, False, None),
        (1, 1, 1, False, None),
        (1, 2, 2, True, 1),
        (1, 2, 3, True, 3),
    ]


def test_positions_that_start_again_begin_a_run(tmp_path: Path) -> None:
    text = "participant,trial,image,resp\n1,1,a,\n1,2,a,k\n1,1,b,\n1,2,b,k\n"
    result = table(tmp_path, text)
    assert [row[0] for row in result.rows("run_id")] == ["1-1", "1-1", "1-2", "1-2"]
    assert result.said("positions start again 1 times within a person; each start is a new run")


def test_practice_and_third_showings_are_left_out_with_their_lines(tmp_path: Path) -> None:
    text = "participant,phase,image,resp\n1,practice,x,k\n1,main,a,\n1,main,a,k\n1,main,a,k\n"
    result = table(tmp_path, text)
    assert len(result.trials) == 2
    assert result.said("1 row: practice (t.csv line 2)")
    assert result.said("1 row: a further showing of an image that the run has shown already")
    assert result.said("(t.csv line 5)")


def test_identical_rows_are_left_out_and_contradictory_ones_named(tmp_path: Path) -> None:
    text = "participant,image,status,resp\n1,a,new,no\n1,a,old,yes\n1,a,old,yes\n1,a,old,no\n"
    message = refusal(tmp_path, text)
    assert "t.csv line 5: this repeat of the image by this person is also on t.csv line 3, " in (
        message
    )
    assert "with another answer" in message
    result = table(tmp_path, text, keep="first")
    assert result.rows("is_repeat", "responded") == [(False, False), (True, True)]
    assert result.said("1 row: the same as an earlier row, field by field (t.csv line 4)")
    assert result.said(
        "1 row: the same showing is on an earlier row, which was kept (t.csv line 5)"
    )


def test_outcome_that_contradicts_the_status_is_named(tmp_path: Path) -> None:
    text = "participant,image,status,outcome\n1,a,new,cr\n1,b,new,hit\n1,a,old,hit\n"
    assert "t.csv line 3, column outcome: 'hit' contradicts status" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1,x,a,k,500", "line 3, column trial: 'x' is not a number (position)"),
        ("1,1.5,a,k,500", "line 3, column trial: '1.5' is not a whole number (position)"),
        ("1,1,b,k,500", "line 3, column trial: '1' is also on t.csv line 2"),
        (",2,a,k,500", "line 3, column subj: is empty; whose trial is it?"),
        ("1,2,,k,500", "line 3, column image: is empty, but the row has a response"),
        ("1,2,a,k,-5", "line 3, column rt: '-5' is below 0 (reaction time)"),
        ("1,2,a,k,fast", "line 3, column rt: 'fast' is not a number (rt)"),
        ("1,2,a,k,9999999", "line 3, column rt: '9999999' is longer than an hour"),
    ],
)
def test_what_cannot_be_is_told_with_its_line(row: str, problem: str, tmp_path: Path) -> None:
    text = f"subj,trial,image,resp,rt\n1,1,a,,\n{row}\n1,3,c,k,400\n1,4,c,k,450\n1,5,d,k,450\n"
    assert problem in refusal(tmp_path, text)


def test_twenty_problems_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    rows = "".join(f"1,{i},i{i},k,oops\n" for i in range(1, 31))
    message = refusal(tmp_path, "subj,trial,image,resp,rt\n" + rows + "1,31,i1,k,1\n")
    assert message.startswith("t.csv: 30 problems")
    assert message.count("is not a number") == 20
    assert message.endswith("… and 10 more")


def test_time_without_a_response_and_minus_one_are_no_reaction_times(tmp_path: Path) -> None:
    text = "subj,trial,image,resp,rt\n1,1,a,,-1\n1,2,b,,800\n1,3,a,k,350\n"
    result = table(tmp_path, text)
    assert [row[0] for row in result.rows("rt_ms")] == [None, None, 350.0]
    assert result.said("1 row: time in rt without a response (t.csv line 3)")


def test_rows_sorted_by_image_do_not_make_lags(tmp_path: Path) -> None:
    text = "subj,image,resp\n1,a,\n1,a,k\n1,b,\n1,b,k\n"
    result = table(tmp_path, text)
    assert [row[0] for row in result.rows("lag")] == [None] * 4
    assert not result.trials["is_position_known"].any()
    assert result.said("rows seem to be sorted by image")


def test_repeats_above_their_first_showings_leave_positions_unknown(tmp_path: Path) -> None:
    text = "subj,image,status,resp\n1,a,old,yes\n1,a,new,no\n1,b,old,no\n1,b,new,no\n"
    result = table(tmp_path, text)
    assert result.rows("image_id", "is_repeat", "position", "lag") == [
        ("a", False, 0, None),
        ("b", False, 1, None),
        ("a", True, 2, None),
        ("b", True, 3, None),
    ]
    assert result.said("positions: unknown, as repeats stand above first showings")


def test_images_are_those_of_the_table_of_images(tmp_path: Path) -> None:
    (tmp_path / "images.csv").write_text("image_id,category\nset/a,cat\nset/b,dog\n")
    text = "subj,image,resp\n1,img/a.jpg,\n1,a.png,k\n"
    images = tmp_path / "images.csv"
    result = import_files(tmp_path, {"t.csv": text}, images=images)
    assert set(result.trials["image_id"]) == {"set/a"}
    assert result.dataset.images["category"].tolist() == ["cat", "dog"]
    with pytest.raises(DatasetError) as error:
        import_files(tmp_path, {"t.csv": text + "1,z.jpg,\n1,z.jpg,k\n"}, images=images)
    assert "t.csv line 4, column image: 'z.jpg' is not in the table of images (2 rows)" in str(
        error.value
    )


def test_who_people_are_stays_out_of_the_dataset(tmp_path: Path) -> None:
    pid = "5f3c2a9b8d7e6f5a4b3c2d1e"
    rows = "".join(
        f"{who},{i},a,{key}\n" for who in (pid, "b@lab.org") for i, key in ((1, ""), (2, "k"))
    )
    result = import_files(tmp_path, {f"{pid}.csv": "PROLIFIC_PID,trial,image,resp\n" + rows})
    assert result.dataset.participants is not None
    assert result.dataset.participants["participant_id"].tolist() == ["p001", "p002"]
    assert result.said("participants: 2, named p001 and so on in the dataset")
    for path in result.dataset.path.iterdir():
        content = path.read_text(encoding="utf-8")
        assert pid not in content, path
        assert "b@lab.org" not in content, path


def test_a_table_that_says_nothing_of_repeats_is_refused_with_what_to_do(tmp_path: Path) -> None:
    text = "subj,image,resp\n1,a,k\n1,b,\n"
    assert "name it: --map status=COLUMN" in refusal(tmp_path, text)
    result = table(tmp_path, text, constants={"status": "first", "role": "filler"})
    assert result.rows("role", "is_repeat", "responded") == [
        ("filler", False, True),
        ("filler", False, False),
    ]
