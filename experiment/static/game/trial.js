/** A trial as it is planned, and as it was played. */

import { answer } from "./input.js";

/**
 * @typedef {object} PlannedTrial
 * @property {number} position 0-based place in the run
 * @property {number} stimulus_ms
 * @property {number} gap_ms
 *
 * @typedef {object} PlayedTrial times are `performance.now()` milliseconds
 * @property {number} position
 * @property {boolean} is_cut stopped before its time was over: no response, but what is known of it
 * @property {number|null} onset timestamp of the first frame with the image
 * @property {number|null} offset timestamp of the first frame without it
 * @property {string|null} key
 * @property {number|null} rt_ms
 * @property {{key: string, at_ms: number}[]} keys
 * @property {number} frame_ms
 * @property {number} dropped_frames from onset to the next onset
 * @property {number|null} feedback_onset timestamp of the first frame with feedback
 * @property {boolean|null} had_focus keys came to the window from onset to the next onset
 */

/** From an image's onset to the next one's, in ms. @param {PlannedTrial} trial */
export function duration(trial) {
  return trial.stimulus_ms + trial.gap_ms;
}

/** A trial of which nothing is known. @returns {PlayedTrial} */
export function blank(position) {
  return {
    position,
    is_cut: false,
    is_failed: false,
    onset: null,
    offset: null,
    key: null,
    rt_ms: null,
    keys: [],
    frame_ms: 0,
    dropped_frames: 0,
    feedback_onset: null,
    had_focus: null,
  };
}

/** A trial whose image has just come up. @param {{had_focus: boolean, is_failed: boolean}} found */
export function opened(trial, onset, found) {
  return { trial, onset, offset: null, dropped_frames: 0, feedback_onset: null, ...found };
}

/**
 * A trial whose time is over, with its keys.
 * @param {object} open what `opened` made, as it is now
 * @param {{at: number, key: string, is_answer: boolean}[]} presses
 * @param {number} frame_ms
 * @returns {PlayedTrial}
 */
export function closed({ trial, is_cut = false, ...measured }, presses, frame_ms) {
  return {
    position: trial.position,
    ...measured,
    is_cut: is_cut || measured.is_failed,
    ...answer(presses, measured.onset),
    frame_ms,
  };
}

/**
 * A trial as it was played without a screen.
 * @param {PlannedTrial} trial
 * @param {number} onset
 * @param {{key: string|null, rt_ms: number|null}} made_up
 * @param {number} frame_ms
 * @returns {PlayedTrial}
 */
export function imagined(trial, onset, { key, rt_ms }, frame_ms) {
  const keys = key === null ? [] : [{ key, at_ms: rt_ms }];
  const offset = onset + trial.stimulus_ms;
  return { ...blank(trial.position), onset, offset, key, rt_ms, keys, frame_ms };
}
