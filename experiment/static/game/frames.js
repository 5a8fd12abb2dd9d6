/** Frame timing: the screen's refresh interval as measured, and which frame is nearest to a planned time. */

const WINDOW = 240; // steps looked back on: four seconds at 60 Hz
const FIRST = 5; // steps before the interval is believed
const REVIEW = 30; // steps from one look back to the next: a frame has to stay free for the image

/** The middle value; of an even number of values, the lower of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1];
}

/**
 * The refresh interval behind steps between frames: the mean of those near the median. The median
 * leaves dropped frames out, the mean gets rid of timestamps that are rounded to 0.1 ms.
 */
export function interval(steps) {
  const middle = median(steps);
  const near = steps.filter((step) => Math.abs(step - middle) < middle / 2);
  return near.reduce((sum, step) => sum + step, 0) / near.length;
}

/**
 * The screen's refresh interval and the frames it has dropped.
 *
 * `requestAnimationFrame` gives each callback the time of its frame; two frames that follow each
 * other are one refresh interval apart, and a dropped frame shows as a longer step.
 */
export class FrameClock {
  #steps = [];
  #n = 0; // of all steps
  #last = null;

  /** @param {number} frame_ms refresh interval to assume until enough frames were seen */
  constructor(frame_ms = 1000 / 60) {
    this.frame_ms = frame_ms;
  }

  /**
   * Take note of a frame.
   * @param {number} at_ms the frame's timestamp
   * @returns {{step_ms: number, dropped: number}} time since the frame before, and how many refreshes were missed in between
   */
  tick(at_ms) {
    const step_ms = this.#last === null ? 0 : at_ms - this.#last;
    this.#last = at_ms;
    if (step_ms <= 0) return { step_ms: 0, dropped: 0 };
    if (step_ms < 250) this.#keep(step_ms);
    return { step_ms, dropped: Math.max(0, Math.round(step_ms / this.frame_ms) - 1) };
  }

  #keep(step_ms) {
    this.#steps[this.#n % WINDOW] = step_ms;
    this.#n += 1;
    if (this.#n === FIRST || this.#n % REVIEW === 0) this.frame_ms = interval(this.#steps);
  }

  /** Forget when the last frame was: after a pause the next one follows none. */
  rest() {
    this.#last = null;
  }

  /**
   * Have as many refreshes passed as come nearest to a planned duration? Counted in whole refreshes,
   * so that 600 ms at 60 Hz are 36 of them however the timestamps jitter.
   * @param {number} at_ms this frame
   * @param {number} from_ms the frame from which the duration counts
   * @param {number} duration_ms
   */
  isDue(at_ms, from_ms, duration_ms) {
    return Math.round((at_ms - from_ms) / this.frame_ms) >= Math.round(duration_ms / this.frame_ms);
  }
}

/**
 * Watch the screen for a moment.
 * @param {{request: (callback: (at_ms: number) => void) => number}} frames
 * @param {number} n frames to watch
 * @returns {Promise<FrameClock>} a clock that knows the refresh interval
 */
export function measureFrames(frames, n = REVIEW + 1) {
  const clock = new FrameClock();
  let left = n;
  return new Promise((resolve) => {
    const step = (at_ms) => {
      clock.tick(at_ms);
      left -= 1;
      if (left > 0) frames.request(step);
      else resolve(clock);
    };
    frames.request(step);
  });
}

/** The browser's own frames. */
export const browserFrames = {
  request: (callback) => requestAnimationFrame(callback),
  cancel: (id) => cancelAnimationFrame(id),
};
