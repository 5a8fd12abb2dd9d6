"""Guess which column of a table of trials is what, from its name and its values."""

import re
from collections.abc import Iterable

import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.naming import IMAGE_COLUMNS, image_column, squeeze
from analysis.importers.rows import Rows
from analysis.importers.table_map import TableMap, check_what, nearest, value_key

NAMES: dict[str, tuple[str, ...]] = {  # squeezed; the earlier name wins
    "participant_id": (
        *("participantid", "participant", "participantnumber", "subjectid", "subject"),
        *("subjectnumber", "subjectnr", "subjid", "subj", "subid", "sub", "observer", "person"),
        *("personid", "ppt", "pptid", "ppid", "ppnr", "pid", "pp", "vp", "vpn", "vpnr", "user"),
        *("userid", "prolificpid", "prolificid", "prolific", "workerid", "worker", "sonaid"),
        *("student", "studentid", "respondent", "participantpublicid", "participantprivateid"),
        *("versuchsperson", "versuchspersonnr", "vpnummer", "teilnehmer", "proefpersoon"),
        *("proefpersoonnr", "deelnemer"),
        *("participantlabel", "email", "emailaddress", "publicid", "rater", "raterid", "proband"),
    ),
    "image_id": IMAGE_COLUMNS,
    "run_id": ("runid", "run", "runnumber", "session", "sessionid", "sessionnumber", "ses", "list"),
    "block": ("block", "blocknumber", "blockid", "blocknr", "blockno", "level"),
    "position": (
        *("position", "pos", "serialposition", "trialposition", "trialnumber", "trialnr"),
        *("trialno", "trialnum", "trialn", "ntrial", "trial", "trialid", "trialindex", "order"),
        *("durchgang", "durchgangnr", "volgnummer"),
        *("presentationorder", "sequence", "sequencenumber", "trialorder"),
    ),
    "status": (
        *(
            "isrepeat",
            "repeat",
            "repeated",
            "repetition",
            "isrepeated",
            "isold",
            "oldnew",
            "newold",
        ),
        *("old", "isnew", "new", "isfirst", "first", "status", "showing", "presentation"),
        *("presentationnumber", "occurrence", "appearance", "probetype", "memorystatus", "studied"),
    ),
    "outcome": ("outcome", "sdt", "sdtcategory", "trialoutcome", "result", "responsetype"),
    "response": (
        *("response", "resp", "answer", "keypress", "keypressed", "keyresp", "keyrespkeys"),
        *("respkeys", "responsekey", "key", "button", "buttonpress", "pressed", "responded"),
        *("antwort", "reaktion", "taste", "antwoord", "toets"),
        *("saidold", "responseold", "participantresponse", "judgment", "judgement", "choice"),
    ),
    "correct": ("correct", "iscorrect", "accuracy", "acc", "corr", "keyrespcorr", "respcorr"),
    "rt": (
        *("rt", "rtms", "rts", "rtsec", "rtseconds", "rtmsec", "reactiontime", "reactiontimems"),
        *("reactiontimes", "responsetime", "responsetimems", "responsetimes", "latency"),
        *("reaktionszeit", "reaktionszeitms", "reactietijd", "reactietijdms"),
        *("latencyms", "keyresprt", "resprt", "responsert", "reactiontimesec"),
    ),
    "lag": ("lag", "replag", "repeatlag", "lagtrials", "delay"),
    "n_intervening": (
        *("nintervening", "intervening", "interveningitems", "nbetween", "interveningimages"),
        *("numberofinterveningimages", "nback"),
    ),
    "role": ("role", "imagerole", "imagetype", "stimtype", "stimulustype", "itemtype", "type"),
    "phase": ("phase", "part", "stage", "experimentphase", "taskphase", "testpart", "task"),
    "onset": ("onsetms", "onset", "onsets", "stimonset", "imageonset", "onsetsec"),
    "category": ("category", "imagecategory", "stimcategory"),
    "hit": ("hit", "hits", "ishit"),
    "false_alarm": ("falsealarm", "fa", "isfa", "isfalsealarm", "falsealarms"),
    "event": ("event", "eventtype", "eventname", "action", "message"),
    "time": ("time", "timestamp", "timems", "times", "timesec", "atms", "t", "onset", "onsetms"),
    "trial": ("trial", "trialnumber", "trialindex", "trialid", "trialno", "trialnr"),
}
ENDS = {  # of columns as E-Prime and PsychoPy call them: Slide1.RESP, key_resp.keys
    "response": (".resp", ".keys"),
    "correct": (".acc", ".corr"),
    "rt": (".rt",),
}
# Columns that often say several of status, role, phase and outcome in one word or two.
MIXED = (
    *("trialtype", "condition", "cond", "type", "stimtype", "itemtype", "imagetype", "status"),
    *("role", "stimulustype", "stimcondition", "task", "phase"),
)

WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "status": {
        "repeat": (
            *("repeat", "repeated", "repetition", "rep", "old", "second", "2nd", "studied"),
            *("seen", "alt", "oud"),
        ),
        "first": (
            "neu",
            "nieuw",
            "first",
            "1st",
            "new",
            "lure",
            "foil",
            "distractor",
            "unseen",
            "novel",
        ),
    },
    "outcome": {
        "hit": ("hit", "h"),
        "miss": ("miss", "m", "missed"),
        "false_alarm": ("falsealarm", "fa", "f", "false_alarm"),
        "correct_rejection": ("correctrejection", "cr", "c", "correct_rejection"),
    },
    "role": {
        "target": ("target", "targets", "tgt"),
        "filler": ("filler", "fillers"),
        "vigilance": ("vigilance", "vig", "vigil", "catch", "attention"),
    },
    "phase": {
        "study": ("study", "encoding", "learning", "learn", "encode", "exposure"),
        "test": ("test", "recognition", "retrieval", "testing", "recog"),
        "practice": ("practice", "practise", "training", "demo", "warmup"),
        "game": ("game", "continuous", "main", "experiment", "memory"),
    },
    "response": {
        "old": (
            "old",
            "yes",
            "y",
            "true",
            "1",
            "repeat",
            "repeated",
            "seen",
            "hit",
            "remembered",
            "alt",
            "oud",
            "ja",
            "wahr",
            "waar",
        ),
        "new": (
            "new",
            "no",
            "n",
            "false",
            "0",
            "first",
            "unseen",
            "novel",
            "neu",
            "nieuw",
            "nein",
            "nee",
            "falsch",
            "onwaar",
        ),
        "none": ("timeout", "noresponse", "no response"),
    },
    "correct": {
        "right": ("1", "true", "yes", "correct", "right", "y", "wahr", "ja", "richtig", "waar"),
        "wrong": (
            "0",
            "false",
            "no",
            "incorrect",
            "wrong",
            "n",
            "error",
            "falsch",
            "nein",
            "nee",
            "onwaar",
        ),
    },
    "event": {
        "offset": ("offset", "hide", "hidden", "blank", "clear", "disappear", "gap"),
        "key": ("key", "keypress", "keydown", "press", "response", "button", "click", "resp"),
        "onset": ("onset", "show", "shown", "appear", "image", "stimulus", "picture"),
    },
}


def find_columns(rows: Rows, table_map: TableMap, whats: Iterable[str]) -> dict[str, str]:
    """What: column, as the reader says, else as names say; empty columns are not guessed.

    Raises
    ------
    DatasetError
        If the reader names a column that is not there.
    """
    found: dict[str, str] = {}
    for what, column in table_map.columns.items():
        check_what(what)
        if column not in rows.columns:
            raise DatasetError(
                f"{what}={column}: {rows.files[0]} has {', '.join(rows.columns)}"
                f"{nearest(column, rows.columns)}"
            )
        found[what] = column
    wanted = [what for what in whats if what not in found and what not in table_map.constants]
    taken = set(found.values())
    by_name = {squeeze(name): name for name in reversed(rows.columns) if name not in taken}
    for what in wanted:
        for known in NAMES[what]:
            name = by_name.get(known)
            if name is None or (what != "time" and name in found.values()):
                continue
            if bool((rows.frame[name] != "").any()) and _is_plausible(what, rows.frame[name]):
                found[what] = name
                break
    for what, ends in ENDS.items():
        if what in wanted and what not in found:
            named = [name for name in rows.columns if name.lower().endswith(ends)]
            filled = [name for name in named if bool((rows.frame[name] != "").any())]
            if len(filled) == 1 and filled[0] not in found.values():
                found[what] = filled[0]
    if "participant_id" in wanted and "participant_id" not in found and "id" in by_name:
        values = rows.frame[by_name["id"]]
        if image_column(rows.columns) is not None and values.nunique() <= len(values) / 2:
            found["participant_id"] = by_name["id"]
    if "participant_id" in wanted and "participant_id" in found:
        found["participant_id"] = _who_varies(rows, found, by_name)
    for what in ("outcome", "status", "role", "phase"):
        if what in wanted and what not in found:
            name = _mixed(what, rows)
            if name is not None and (name not in taken or name in found.values()):
                found[what] = name
    return found


def _who_varies(rows: Rows, found: dict[str, str], by_name: dict[str, str]) -> str:
    """The column of people; another one of that name where the first has one value everywhere."""
    first = found["participant_id"]
    if len({*rows.frame[first]} - {""}) > 1:
        return first
    for known in NAMES["participant_id"]:
        name = by_name.get(known)
        if name is not None and name not in found.values():
            values = rows.frame[name][rows.frame[name] != ""]
            if 1 < values.nunique() <= len(values) / 2 and len(values) * 2 > len(rows.frame):
                return name
    return first


def people_columns(rows: Rows) -> list[str]:
    """All columns that may name people, by their names."""
    return [name for name in rows.columns if squeeze(name) in NAMES["participant_id"]]


def _mixed(what: str, rows: Rows) -> str | None:
    for name in rows.columns:
        if squeeze(name) in MIXED and _is_plausible(what, rows.frame[name]):
            return name
    return None


def _is_plausible(what: str, values: "pd.Series[str]") -> bool:
    """Whether values can be what the column's name says, for words that mean many things."""
    uniques = list(pd.unique(values[values != ""])[:200])
    if what == "outcome":
        return all(word_meaning(what, value) is not None for value in uniques)
    if what in ("role", "phase"):
        return any(word_meaning(what, value) is not None for value in uniques)
    if what == "status":
        numeric = {value_key(value) for value in uniques} <= {"0", "1", "2", "true", "false"}
        yes_no = {value_key(value) for value in uniques} <= {"yes", "no", "y", "n"}
        return numeric or yes_no or any(word_meaning(what, value) for value in uniques)
    if what in ("position", "trial"):
        numbers = pd.to_numeric(pd.Series(uniques, dtype="str"), errors="coerce")
        return bool(numbers.notna().mean() > 0.5)
    if what == "event":
        return any(word_meaning("event", value) == "onset" for value in uniques)
    return True


def word_meaning(what: str, value: str) -> str | None:
    """The meaning of a value that is a word, or has one of the words in it: ``target_repeat``."""
    plain = value_key(value)
    words = re.findall(
        r"[a-z]+|\d+(?:st|nd)|\d+", re.sub(r"([a-z])([A-Z])", r"\1 \2", value).lower()
    )
    for meaning, known in WORDS[what].items():
        if plain in known or squeeze(value) in known:
            return meaning
    if what in ("response", "correct"):
        return None
    single = [word for word in words if what != "outcome" or len(word) > 1]
    for meaning, known in WORDS[what].items():
        if any(word in known for word in single):
            return meaning
    if what == "status" and len(words) > 1 and words[-1] in ("1", "2"):  # target1, vig2
        return "repeat" if words[-1] == "2" else "first"
    return None
