"""Tables that could be read in two ways, or in none; what is expected is read off by eye."""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import DatasetError
from analysis.importers.table_map import TableMap, to_map
from tests.analysis.importers.importing import Result, import_files

GAME = (("a", ""), ("b", "k"), ("a", "k"), ("c", ""), ("b", ""))  # image, key


def table(folder: Path, text: str, **said: object) -> Result:
    """What becomes of one table of trials; keywords are parts of a mapping file."""
    return import_files(folder, {"t.csv": text}, mapping=to_map(said) if said else TableMap())


def refusal(folder: Path, text: str, **said: object) -> str:
    """What an import says that refuses a table."""
    with pytest.raises(DatasetError) as error:
        table(folder, text, **said)
    return str(error.value)


def game(before: str = "", images: str = "abc") -> str:
    """Rows of one game: trial, image, key."""
    names = dict(zip("abc", images, strict=True))
    return "".join(f"{before}{i},{names[n]},{key}\n" for i, (n, key) in enumerate(GAME, 1))


def test_positions_that_start_again_without_a_person_are_asked_about(tmp_path: Path) -> None:
    message = refusal(tmp_path, "trial,image,response\n" + game() + game())
    assert "t.csv: trial starts again (t.csv line 7), and no column says who answered" in message
    assert "--map participant_id=COLUMN" in message
    assert "--map run_id=COLUMN" in message


def test_of_columns_of_people_the_one_that_varies_is_taken(tmp_path: Path) -> None:
    head = "Participant Public ID,Participant Private ID,trial,image,response\n"
    result = table(tmp_path, head + game("BLIND,5501,") + game("BLIND,5502,"))
    assert set(result.trials["participant_id"]) == {"5501", "5502"}
    assert result.said(
        "Participant Private ID: names the participant, as Participant Public ID is the same on "
        "every row"
    )


def test_a_person_who_plays_again_has_two_runs(tmp_path: Path) -> None:
    text = "participant,trial,image,response\n" + game("s1,") + game("s1,", images="bca")
    result = table(tmp_path, text)
    assert result.rows("run", "image_id", "is_repeat") == [
        *((1, name, i in (2, 4)) for i, name in enumerate("abacb")),
        *((2, name, i in (2, 4)) for i, name in enumerate("bcbac")),
    ]
    assert result.said("each start is a new run; images are shown as new again")


def timeline(**more: Any) -> list[Any]:
    """Image trials of one jsPsych game."""
    return [
        {
            "trial_type": "image-keyboard-response",
            "trial_index": i,
            "stimulus": f"{name}.jpg",
            "response": key or None,
            **more,
        }
        for i, (name, key) in enumerate(GAME)
    ]


def test_trial_indices_that_start_again_without_a_person_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"trial_index starts again \(x\.json trial 6\)"):
        import_files(tmp_path, {"x.json": json.dumps(timeline() + timeline())})


def test_trial_indices_that_start_again_in_a_person_begin_a_run(tmp_path: Path) -> None:
    both = timeline(subject="s1") + timeline(subject="s1", rt=500)
    result = import_files(tmp_path, {"x.json": json.dumps(both)})
    assert [row[0] for row in result.rows("run")] == [1] * 5 + [2] * 5
    assert result.trials["is_repeat"].sum() == 4


CONFLICT = "participant,trial,image,response\n" + game("s1,") + "s1,1,a,k\ns1,2,b,\n"


def test_a_trial_that_is_there_again_with_another_answer_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, CONFLICT)
    assert (
        "t.csv line 7, column trial: this trial of this person is also on t.csv line 2, with "
        in (message)
    )
    assert "2 problems" in message
    assert "another answer; remove one, or keep the first of them (--keep first)" in message
    result = table(tmp_path, CONFLICT, keep="first")
    assert [row[0] for row in result.rows("responded")] == [False, True, True, False, False]
    assert result.said("the same trial is on an earlier row, which was kept (t.csv lines 7, 8)")


def test_times_of_all_trials_do_not_stand_for_answers(tmp_path: Path) -> None:
    text = "subject,trial,image,oldnew,confidence,rt\n1,1,a,new,2,900\n1,2,b,old,6,800\n"
    message = refusal(tmp_path, text)
    assert "rt cannot stand for them, as 2 of 2 trials have a time" in message
    assert "Columns that may hold them: confidence." in message


def test_a_reaction_time_of_zero_is_no_press(tmp_path: Path) -> None:
    result = table(tmp_path, "subject,trial,image,rt\n1,1,a,0\n1,2,b,0\n1,3,a,512\n")
    assert result.rows("responded", "rt_ms") == [(False, None), (False, None), (True, 512.0)]
    assert result.said("rt: 0 or less is no press (2 rows; t.csv lines 2, 3)")


ANSWERED = "subject,image,status,response,acc\n1,a,old,1,{}\n1,b,old,0,{}\n1,c,new,0,{}\n"


def test_correctness_that_contradicts_the_answers_is_asked_about(tmp_path: Path) -> None:
    message = refusal(tmp_path, ANSWERED.format(0, 1, 0))
    assert "acc contradicts what response is taken for in 3 of 3 rows (t.csv lines 2, 3, 4)" in (
        message
    )
    result = table(tmp_path, ANSWERED.format(1, 1, 1))
    assert [row[0] for row in result.rows("responded")] == [True, False, False]
    assert result.said("acc: contradicts the answer in 1 row, where the answer was taken")
    assert not table(tmp_path, ANSWERED.format(1, 0, 1)).said("contradicts")


def test_a_mapping_that_leaves_out_most_rows_is_refused(tmp_path: Path) -> None:
    text = "participant,list,image,response\n" + "".join(f"1,L,i{n},k\n" for n in range(8))
    message = refusal(tmp_path, text, columns={"image_id": "list"})
    assert "6 of 8 rows show an image that the run has shown twice already" in message
    assert "Does list name the image?" in message
    kept = table(tmp_path, text, columns={"image_id": "list"}, keep="first")
    assert len(kept.trials) == 2


def test_milliseconds_that_nobody_has_are_refused(tmp_path: Path) -> None:
    text = "subject,trial,image,rt_ms\n1,1,a,\n1,2,a,0.612\n"
    assert "column rt_ms: the median reaction time is 0.612 ms" in refusal(tmp_path, text)
    result = table(tmp_path, text, units={"rt": "s"})
    assert [row[0] for row in result.rows("rt_ms")] == [None, 612.0]


def buttons(**more: Any) -> str:
    """A test in which button 0 was pressed at old images, and button 1 at new ones."""
    shown = (("a", "old", 0), ("b", "new", 1), ("c", "old", 0))
    return json.dumps(
        [
            {
                "trial_type": "image-button-response",
                "trial_index": i,
                "stimulus": f"{name}.jpg",
                "response": button,
                "status": status,
                **more,
            }
            for i, (name, status, button) in enumerate(shown)
        ]
    )


def test_the_index_of_a_button_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds 'button 0' 2 times, 'button 1' 1 times: which"):
        import_files(tmp_path, {"s1.json": buttons()})
    for said in (["0"], ["button 0"]):
        mapping = to_map({"values": {"response": {"old": said}}})
        result = import_files(tmp_path, {"s1.json": buttons()}, mapping=mapping)
        assert [row[0] for row in result.rows("responded")] == [True, False, True]


def test_labels_of_buttons_tell_the_answer(tmp_path: Path) -> None:
    result = import_files(tmp_path, {"s1.json": buttons(choices=["Old", "New"])})
    assert [row[0] for row in result.rows("responded")] == [True, False, True]
    assert result.said("response: the index of a button, whose label is in choices")


def test_a_picture_in_instructions_is_no_showing(tmp_path: Path) -> None:
    example = {**timeline()[0], "stimulus": "<p>Press for <img src='x.jpg'></p>", "trial_index": -1}
    result = import_files(tmp_path, {"s1.json": json.dumps([example, *timeline()])})
    assert set(result.trials["image_id"]) == {"a", "b", "c"}
    assert result.said("a picture beside text that no other trial shows, such as an example")


def test_a_prompt_beside_every_picture_does_not_matter(tmp_path: Path) -> None:
    trials = [{**one, "stimulus": f"<img src='{one['stimulus']}'> Old?"} for one in timeline()]
    result = import_files(tmp_path, {"s1.json": json.dumps(trials)})
    assert [row[0] for row in result.rows("image_id")] == ["a", "b", "a", "c", "b"]


def test_names_of_eprime_are_known(tmp_path: Path) -> None:
    text = "Subject\tTrial\tPicture\tSlide1.ACC\tSlide1.CRESP\tSlide1.RESP\tSlide1.RT\n"
    text += "1\t1\ta.jpg\t1\t\t\t0\n1\t2\ta.jpg\t1\t{SPACE}\t{SPACE}\t640\n"
    result = import_files(tmp_path, {"t.txt": text.encode("utf-16")})
    assert result.rows("is_repeat", "responded", "rt_ms") == [
        (False, False, None),
        (True, True, 640.0),
    ]


def test_a_column_id_names_people_where_another_names_images(tmp_path: Path) -> None:
    text = "ID,Trial,Stimulus,SDT\ns1,1,a,CR\ns1,2,a,Hit\ns2,1,a,CR\ns2,2,a,Miss\n"
    assert set(table(tmp_path, text).trials["participant_id"]) == {"s1", "s2"}


@pytest.mark.parametrize("keep", ["error", "first"])
def test_several_rows_of_a_trial_are_named_as_the_cause(keep: str, tmp_path: Path) -> None:
    text = "subject,trial,zone,image,response,rt\n1,1,fixation,a,,250\n1,1,button,a,new,640\n"
    text += "1,2,fixation,a,,250\n1,2,button,a,old,500\n"
    message = refusal(tmp_path, text, keep=keep)
    assert "a trial has several rows (t.csv lines 2, 3, 4, 5), which zone tells apart" in message


def test_a_table_without_rows_says_so(tmp_path: Path) -> None:
    assert refusal(tmp_path, "participant,trial,image,response\n") == (
        "t.csv: has column names and no rows"
    )


def test_a_wide_table_is_to_be_made_long(tmp_path: Path) -> None:
    text = "participant," + ",".join(f"t{i:02}" for i in range(8)) + "\ns1" + ",1" * 8 + "\n"
    assert "(t00 to t07). Make it long first" in refusal(tmp_path, text)


def test_rows_of_no_person_do_not_hide_the_column_that_varies(tmp_path: Path) -> None:
    head = "participant,Participant Private ID,trial,image,response\n,,9,,\n"
    result = table(tmp_path, head + game("BLIND,5501,") + game("BLIND,5502,"))
    assert set(result.trials["participant_id"]) == {"5501", "5502"}


@pytest.mark.parametrize(
    ("head", "old", "new"),
    [
        ("Versuchsperson;Durchgang;Bild;Antwort;Reaktionszeit", "alt", "neu"),
        ("Versuchsperson;Durchgang;Bild;Antwort;Reaktionszeit", "WAHR", "FALSCH"),
        ("proefpersoon;volgnummer;afbeelding;antwoord;reactietijd", "oud", "nieuw"),
        ("proefpersoon;volgnummer;plaatje;antwoord;reactietijd", "ja", "nee"),
    ],
)
def test_german_and_dutch_names_are_known(head: str, old: str, new: str, tmp_path: Path) -> None:
    result = table(tmp_path, f"{head}\ns01;1;a.jpg;{new};0,7\ns01;2;a.jpg;{old};0,854\n")
    assert result.rows("participant_id", "is_repeat", "responded", "rt_ms") == [
        ("s01", False, False, None),
        ("s01", True, True, 854.0),
    ]
