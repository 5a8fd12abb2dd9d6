/** The game's one clock: puts images up and takes them away, frame by frame, and gives each its keys. */

import { Awaited } from "./awaited.js";
import { FeedbackMark } from "./feedback-mark.js";
import { blank, closed, duration, imagined, opened } from "./trial.js";

const GRACE_MS = 100; // a key event may be delivered a little after the frame that ends its trial
export const INTERRUPTION_MS = 5000; // a longer pause is a gap in the run, and the server is told

export class Player {
  #state = "idle"; // idle | waiting | showing | gap | ending
  #index = 0; // of the trial on the clock
  #asked = 0; // of the trial to be asked for next
  #due = 0; // when the first image may come; when the next imagined one comes
  #open = null; // the trial on the clock
  #closing = []; // trials whose time is over, waiting for late key events
  #awaited = new Awaited();
  #request = null;
  #pausedAt = null;
  #end = Infinity; // index of the first trial that is not shown now
  #pausesNext = false; // when the time of the trial on the clock is over
  #mark; // feedback
  #onFrame = (at) => this.#frame(at);

  /**
   * @param {object} parts
   * @param {import("./trial.js").PlannedTrial[]} parts.trials in the order of their positions
   * @param {{request: Function, cancel: Function}} parts.frames
   * @param {import("./frames.js").FrameClock} parts.clock
   * @param {{draw: (image: any) => void, clear: () => void, mark: (isCorrect: boolean|null) => void}} parts.screen
   * @param {import("./input.js").Input} parts.input
   * @param {{get: (position: number) => any, prepare: (position: number) => void, release: (position: number) => void}} parts.images
   *   get: the decoded image, undefined while it is not ready, null where it cannot be had
   * @param {() => number} parts.now
   * @param {number} [parts.lead_ms] empty screen before the first image
   * @param {(position: number, at_ms: number) => void} [parts.beforeShow] called directly before an image is drawn
   * @param {(position: number, at_ms: number) => void} [parts.afterShow] called directly after an image was taken away
   * @param {() => boolean} [parts.hasFocus] whether keys come here
   * @param {(trial: import("./trial.js").PlayedTrial) => void} [parts.onTrial]
   */
  constructor(parts) {
    Object.assign(this, {
      lead_ms: 1500,
      beforeShow: () => {},
      afterShow: () => {},
      hasFocus: () => true,
      onTrial: () => {},
      ...parts,
    });
    this.#mark = new FeedbackMark(parts.screen);
  }

  /** How long the game has been paused, in ms; null while it is not. */
  get paused_ms() {
    return this.#pausedAt === null ? null : this.now() - this.#pausedAt;
  }

  get is_paused() {
    return this.#pausedAt !== null;
  }

  /** The position to ask for next; undefined at the end. */
  get position() {
    return this.trials[this.#asked]?.position;
  }

  get hasMore() {
    return this.#asked < this.#last;
  }

  /** One past the index of the last trial that is shown now. */
  get #last() {
    return Math.min(this.#end, this.trials.length);
  }

  /** The position on the screen or, in the gap, the one that was; null between games. */
  get current() {
    return this.#open?.trial.position ?? null;
  }

  /** When the image at `current` came up. */
  get current_onset() {
    return this.#open?.onset ?? null;
  }

  get is_playing() {
    return this.#state !== "idle";
  }

  /** A key that counts. */
  get answer_key() {
    return [...this.input.keys][0];
  }

  /** Go to a position: the next image shown is that one. Only while nothing is played. */
  seek(position) {
    const index = this.trials.findIndex((trial) => trial.position >= position);
    this.#index = index < 0 ? this.trials.length : index;
    this.#asked = this.#index;
    this.#due = 0;
    this.#awaited.forget();
  }

  /** Show nothing from this position on, until told otherwise; what is on the screen is played to its end. */
  until(position) {
    const index = this.trials.findIndex((trial) => trial.position >= position);
    this.#end = index < 0 ? Infinity : index;
  }

  /** Show nothing after the image on the screen. */
  stopAfterThis() {
    this.#end = this.#open ? this.#index + 1 : this.#index;
  }

  /** Pause when the time of the image on the screen is over. */
  pauseAfterThis() {
    if (this.#open) this.#pausesNext = true;
    else this.pause();
  }

  /** The window lost the keyboard: the trial on the clock was not in front all the time. */
  loseFocus() {
    if (this.#open) this.#open.had_focus = false;
  }

  /**
   * Say whether the answer to the image at a position was right, in the next frame; too late for
   * that image, nothing is shown.
   * @param {number} position
   * @param {boolean} isCorrect
   * @param {number} duration_ms
   */
  comment(position, isCorrect, duration_ms) {
    if (this.current === position) this.#mark.want(isCorrect, duration_ms);
  }

  /**
   * Play up to and including this position. The game starts with the first call and goes on by
   * itself from then on: whoever asks for the next trial a little late gets its result all the same.
   * @returns {Promise<import("./trial.js").PlayedTrial>}
   */
  play(position) {
    this.#asked = this.trials.findIndex((trial) => trial.position === position) + 1;
    const isPlayed = this.#awaited.has(position);
    const result = this.#awaited.result(position);
    if (!isPlayed && this.#state === "idle") this.#start();
    return result;
  }

  /** Resolves when this position is on the screen, with its onset. */
  shown(position) {
    if (this.#open?.trial.position === position && this.#open.onset !== null) {
      return Promise.resolve(this.#open.onset);
    }
    return this.#awaited.shown(position);
  }

  /**
   * Stop here. The image on the screen is taken away; a trial whose time was not over is cut:
   * whether a key would have come is not known.
   */
  pause(at = this.now()) {
    if (this.#state === "idle") return;
    this.#halt();
    this.#pausedAt = at;
    for (const closing of this.#closing) this.#settle(closing);
    this.#closing = [];
    const open = this.#open;
    this.#open = null;
    if (open) {
      this.#index += 1;
      if (open.offset === null) open.offset = at;
      this.#settle({ ...open, until: at, is_cut: true });
    } else {
      this.#giveBack();
    }
    this.#asked = this.#index;
  }

  /** Whoever waits for a trial that does not come hears so. */
  #giveBack() {
    if (this.#index < this.trials.length)
      this.#awaited.deliver({ ...blank(this.trials[this.#index].position), is_cut: true });
  }

  /** Play a trial without a screen and without waiting, for simulated participants. */
  imagine(position, made_up) {
    const trial = this.trials[this.#index];
    const onset = this.#due || this.now();
    this.#due = onset + duration(trial);
    this.beforeShow(position, onset);
    this.#index += 1;
    this.#asked = this.#index;
    const played = imagined(trial, onset, made_up, this.clock.frame_ms);
    this.onTrial(played);
    return played;
  }

  #start() {
    this.#pausedAt = null;
    this.#pausesNext = false;
    this.#state = "waiting";
    this.#due = this.now() + this.lead_ms;
    this.clock.rest();
    this.input.forget(Infinity);
    this.images.prepare(this.trials[this.#index].position);
    this.#next();
  }

  #next() {
    this.#request = this.frames.request(this.#onFrame);
  }

  #halt() {
    if (this.#request !== null) this.frames.cancel(this.#request);
    this.#request = null;
    this.#state = "idle";
    this.#mark.clear();
    this.screen.clear();
  }

  #frame(at) {
    this.#request = null;
    const { step_ms, dropped } = this.clock.tick(at);
    if (step_ms > INTERRUPTION_MS) {
      this.pause(at - step_ms); // the machine slept, or the tab was frozen without a word
      return;
    }
    if (this.#open) this.#open.dropped_frames += dropped;
    if (
      this.#state === "showing" &&
      this.clock.isDue(at, this.#open.onset, this.#open.trial.stimulus_ms)
    ) {
      this.screen.clear();
      this.#open.offset = at;
      this.#state = "gap";
      this.images.release(this.#open.trial.position);
      this.afterShow(this.#open.trial.position, at);
    }
    if (this.#state === "gap" && this.clock.isDue(at, this.#open.onset, duration(this.#open.trial)))
      this.#endOpen(at);
    if (this.#state === "waiting" && this.#index >= this.#last) {
      this.#state = "ending"; // told to stop before the image came
      this.#giveBack();
    }
    if (this.#state === "waiting" && at >= this.#due) this.#tryShow(at);
    this.#mark.frame(at, this.#open, this.clock);
    this.#settleClosed(at);
    if (this.#state === "ending" && this.#closing.length === 0) {
      const pauses = this.#pausesNext && this.#index < this.#last;
      this.#halt();
      if (pauses) this.#pausedAt = at;
    }
    if (this.#state !== "idle") this.#next();
  }

  /** The trial's time is over, unless the next image is not ready: then its keys still count. */
  #endOpen(at) {
    const isLast = this.#pausesNext || this.#index + 1 >= this.#last;
    const next = isLast ? null : this.trials[this.#index + 1];
    if (next && this.images.get(next.position) === undefined) return;
    this.#closing.push({ ...this.#open, until: at });
    this.#open = null;
    this.#mark.clear();
    this.#index += 1;
    this.#state = next ? "waiting" : "ending";
  }

  #tryShow(at) {
    const trial = this.trials[this.#index];
    const image = this.images.get(trial.position);
    if (image === undefined) return;
    const found = { had_focus: this.hasFocus(), is_failed: image === null };
    this.#open = opened(trial, at, found);
    if (image !== null) {
      this.beforeShow(trial.position, at);
      this.screen.draw(image);
    }
    this.#state = "showing";
    this.#awaited.show(trial.position, at);
    this.images.prepare(trial.position + 1);
  }

  #settleClosed(at) {
    while (this.#closing.length > 0 && at >= this.#closing[0].until + GRACE_MS) {
      this.#settle(this.#closing.shift());
    }
  }

  #settle({ until, ...open }) {
    const presses = this.input.between(open.onset, until);
    this.input.forget(until);
    const played = closed(open, presses, this.clock.frame_ms);
    this.onTrial(played);
    this.#awaited.deliver(played);
  }
}
