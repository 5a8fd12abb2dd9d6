/** Feedback on its way to the screen: it comes up in a frame of its own image with time left, and goes in time. */

import { duration } from "./trial.js";

const ROOM_MS = 150; // feedback that would come closer to the next image is left out

export class FeedbackMark {
  #wanted = null; // {isCorrect, duration_ms}
  #onset = null; // of what is on the screen

  /** @param {{mark: (isCorrect: boolean|null) => void}} screen */
  constructor(screen) {
    this.screen = screen;
  }

  /** Show this from the next frame on. */
  want(isCorrect, duration_ms) {
    this.#wanted = { isCorrect, duration_ms };
  }

  /**
   * A frame of the trial on the clock.
   * @param {number} at
   * @param {object|null} open the trial; its `feedback_onset` is set
   * @param {import("./frames.js").FrameClock} clock
   */
  frame(at, open, clock) {
    if (this.#wanted === null) return;
    const { isCorrect, duration_ms } = this.#wanted;
    if (open === null) {
      this.clear();
    } else if (this.#onset !== null) {
      if (clock.isDue(at, this.#onset, duration_ms)) this.clear();
    } else if (open.onset + duration(open.trial) - at < ROOM_MS) {
      this.#wanted = null;
    } else {
      this.#onset = at;
      open.feedback_onset = at;
      this.screen.mark(isCorrect);
    }
  }

  clear() {
    if (this.#onset !== null) this.screen.mark(null);
    this.#onset = null;
    this.#wanted = null;
  }
}
