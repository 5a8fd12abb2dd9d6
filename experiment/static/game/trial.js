/** A trial as it is planned, and as it was played. */

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
