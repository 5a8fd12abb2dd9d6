"""The job "report": the report of a study with its stored predictions, where the page shows it."""

import shutil
from pathlib import Path

from sqlalchemy.orm import Session

from experiment.access import SERVER, Actor
from experiment.accounts.audit import record
from experiment.export.dataset import export_study
from experiment.jobs.lifecycle import add_job
from experiment.jobs.work import Work
from experiment.models import Job, Study
from experiment.predictions.storing import prediction_table
from experiment.results.blinding import refuse_hidden
from experiment.results.live import count_people
from experiment.runs import find_study


def start_report(
    session: Session, study: Study, by: Actor, *, include_simulated: bool | None = None
) -> Job:
    """Write the job down that writes a study's report; `launch` it after the commit.

    Simulated participants are in it where that is asked for, and by default where there are no
    others, as on the page of the results.

    Raises
    ------
    BlindedError
        If the study hides its scores now.
    ConflictError
        If its report is being written.
    """
    refuse_hidden(study)
    if include_simulated is None:
        n_real, n_simulated = count_people(session, study)
        include_simulated = n_real == 0 and n_simulated > 0
    return add_job(
        session, "report", by, study=study, unit="runs", include_simulated=include_simulated
    )


def report_study(work: Work) -> dict[str, object]:
    """Export a study, and write its report into the instance; the earlier one stands until then."""
    from analysis.dataset import read_dataset
    from analysis.report import write_report
    from analysis.report.folder import refuse_foreign_folder

    slug = str(work.study)
    include_simulated = bool(work.parameters["include_simulated"])
    reports = work.settings.reports
    refuse_foreign_folder(reports / slug)
    aside = reports / f".{slug}"  # beside the others: the new one takes its place in one step
    shutil.rmtree(aside, ignore_errors=True)  # of a job that was ended
    aside.mkdir(parents=True)
    try:
        data, new = aside / slug, aside / "report"
        work.progress(0, None, "reading what people did")
        export_study(
            work.database,
            work.settings.instance,
            slug,
            data,
            include_simulated=include_simulated,
            progress=lambda done, total: work.progress(done, total, "reading what people did"),
        )
        with work.database.read() as session:
            study = find_study(session, slug)
            refuse_hidden(study)
            table = prediction_table(session, study)
        predictions = table if len(table) else None
        write_report(
            read_dataset(data),
            predictions,
            new,
            progress=lambda step: work.progress(0, None, step),
        )
        take_place(new, reports / slug, aside / "earlier")
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    models = [] if predictions is None else sorted(set(table["model"]))
    with work.database.write() as session:
        study = find_study(session, slug)
        record(session, "report.written", SERVER, study, job=work.public_id, models=models)
    return {"models": models, "includes_simulated": include_simulated}


def take_place(new: Path, place: Path, aside: Path) -> None:
    """Put a folder where another one may be, which goes aside."""
    if place.exists():
        place.rename(aside)
    new.rename(place)
