"""Columns of the native dataset's tables and what each holds, as docs/codebook.md has them."""

from experiment.export.tables import Kind

IMAGES: dict[str, Kind] = {
    "image_id": "text",
    "sha256": "text",
    "width_px": "whole",
    "height_px": "whole",
    "category": "typed",
    "licence": "typed",
    "thumbnail": "text",
}
PARTICIPANTS: dict[str, Kind] = {
    "participant_id": "text",
    "state": "text",
    "created_at": "text",
    "is_preview": "boolean",
    "is_simulated": "boolean",
    "outcome": "text",
    "ended_at": "text",
}
RUNS: dict[str, Kind] = {
    "run_id": "text",
    "participant_id": "text",
    "run": "whole",
    "state": "text",
    "created_at": "text",
    "started_at": "text",
    "finished_at": "text",
    "device_class": "text",
    "n_trials": "whole",
    "n_lost": "whole",
    "n_interruptions": "whole",
    "n_conflicts": "whole",
    "is_preview": "boolean",
    "is_simulated": "boolean",
    "outcome": "text",
    "end_position": "whole",
}
TRIALS: dict[str, Kind] = {
    "participant_id": "text",
    "run_id": "text",
    "run": "whole",
    "level": "whole",
    "position": "whole",
    "image_id": "text",
    "phase": "text",
    "role": "text",
    "is_repeat": "boolean",
    "lag": "whole",
    "n_intervening": "whole",
    "responded": "boolean",
    "key": "typed",
    "rt_ms": "number",
    "is_early": "boolean",
    "onset_ms": "number",
    "offset_ms": "number",
    "frame_ms": "number",
    "dropped_frames": "whole",
    "feedback_onset_ms": "number",
    "is_interrupted": "boolean",
    "had_focus": "boolean",
    "first_run_id": "text",
    "delay_s": "number",
}
ANSWERS: dict[str, Kind] = {
    "participant_id": "text",
    "question": "typed",
    "value": "typed",
    "answered_at": "text",
}
RULE_EVENTS: dict[str, Kind] = {
    "run_id": "text",
    "level": "whole",
    "rule": "typed",
    "measure": "text",
    "value": "number",
    "n": "whole",
    "threshold": "number",
    "action": "text",
    "position": "whole",
    "fired_at": "text",
}
EXCLUSIONS: dict[str, Kind] = {
    "participant_id": "text",
    "run_id": "text",
    "level": "whole",
    "rule": "typed",
    "number": "number",
    "decided_by": "typed",
}
FLAGS: dict[str, Kind] = {
    "participant_id": "text",
    "run_id": "text",
    "kind": "text",
    "detail": "text",
    "raised_at": "text",
}
EVENTS: dict[str, Kind] = {
    "run_id": "text",
    "position": "whole",
    "event": "typed",
    "at_ms": "number",
}
PREDICTIONS: dict[str, Kind] = {
    "image_id": "text",
    "sha256": "text",
    "model": "typed",
    "prediction": "number",
    "fingerprint": "typed",
    "error": "typed",
}
