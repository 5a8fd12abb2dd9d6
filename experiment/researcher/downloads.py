"""Sending an export: whole, or the part that a broken download still lacks."""

from flask import Response, request, send_file

from experiment.access import asking
from experiment.current import instance
from experiment.errors import NotFoundError
from experiment.export.kept import KeptExport, find_export, note_download
from experiment.runs import find_study


def send_export(slug: str, export: str) -> Response:
    """The file of an export of this study, or a range of its bytes; its beginning is noted in the
    record.

    Raises
    ------
    NotFoundError
        If there is no such export, or it has no file.
    """
    with instance().database.read() as session:
        study = find_study(session, slug)
        found = find_export(session, instance().settings, study, export)
        if not found.is_there:
            raise NotFoundError("this export has no file; make another one")
        answer = file_of(found)
    if is_beginning(answer):
        with instance().database.write() as session:
            note_download(session, asking(), study, found)
    return answer


def is_beginning(answer: Response) -> bool:
    """Whether the first byte is sent: a download that goes on was noted before."""
    is_whole = answer.status_code == 200
    is_first = answer.status_code == 206 and answer.content_range.start == 0
    return request.method == "GET" and (is_whole or is_first)


def file_of(found: KeptExport) -> Response:
    """The file; `If-Range` with its ETag makes sure that parts are of the same one."""
    answer = send_file(
        found.file,
        mimetype="application/zip",
        as_attachment=True,
        download_name=found.file_name,
        conditional=True,
        etag=str(found.sha256),
        last_modified=found.job.ended_at,
        max_age=0,
    )
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
