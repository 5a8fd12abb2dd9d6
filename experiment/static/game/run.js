/** One run in this browser: what the server said of it, what was shown, and what is told to the server. */

import { insist } from "./retry.js";

/** Presses of one trial that are sent at most; the server takes no more. */
const MOST_KEYS = 100;
const LONGEST_KEY = 32;

export class Run {
  #early = []; // events from before the first image, until its time is known

  /**
   * @param {object} parts
   * @param {object} parts.config the server's answer to `GET run_url`
   * @param {import("./network.js").Api} parts.api
   * @param {import("./store.js").Store} parts.store
   * @param {import("./outbox.js").Outbox} parts.outbox
   * @param {import("./retry.js").Waiter} parts.waiter
   * @param {{now: () => number, origin: number}} parts.time `performance.now` and `performance.timeOrigin`
   * @param {() => string} parts.makeId names for events
   * @param {string} [parts.tab] names this page
   */
  constructor({ config, api, store, outbox, waiter, time, makeId, tab }) {
    Object.assign(this, { config, api, store, outbox, waiter, time, makeId, tab });
    this.origin_epoch_ms = store.get("origin") ?? config.origin_epoch_ms ?? null;
    this.position = null; // on the screen
    this.is_new = this.next_position === 0 && config.state === "created";
    // No image may seem to come before one that was shown, whatever the wall clock did meanwhile.
    const last = store.get("shown");
    const now_ms = this.time.origin + this.time.now() - (this.origin_epoch_ms ?? 0);
    this.shift_ms =
      last && this.origin_epoch_ms !== null ? Math.max(0, last.onset_ms + 1 - now_ms) : 0;
  }

  /** Highest position this browser has shown, or null. */
  get last_shown() {
    return this.store.get("shown")?.position ?? null;
  }

  /** Where to go on as far as is known here; the server decides in `start`. */
  get next_position() {
    return Math.max(this.config.next_position, (this.last_shown ?? -1) + 1);
  }

  /** A time of this page (`performance.now()`) in ms since the run's first image. */
  sinceFirst(at) {
    return this.time.origin + at - this.origin_epoch_ms + this.shift_ms;
  }

  /**
   * Tell the server that the game begins, or goes on after a gap. When the first image comes is not
   * known exactly yet; the server is told the plan, on which times count after a reload only where
   * this browser keeps nothing.
   * @param {object} device
   * @param {(isTrouble: boolean) => void} onTrouble
   * @param {number} [lead_ms] empty screen that is planned before the first image
   * @returns {Promise<number|null>} the position to go on at; null: the run cannot be played (any more)
   */
  async start(device, onTrouble, lead_ms = 0) {
    const { status, body } = await insist(
      async () => {
        const answer = await this.api.start({
          device,
          origin_epoch_ms: this.origin_epoch_ms ?? this.time.origin + this.time.now() + lead_ms,
          last_shown: this.last_shown,
          tab: this.tab,
        });
        const isAnswer =
          answer.status === 200 ? Number.isInteger(answer.body?.position) : answer.body?.error;
        return isAnswer && answer.status < 500 && answer.status !== 429 ? answer : undefined;
      },
      { waiter: this.waiter, onTrouble },
    );
    if (status !== 200) return null;
    // Another browser began after this page was loaded: its clock counts.
    if (body.interrupted) this.origin_epoch_ms ??= body.origin_epoch_ms ?? null;
    return body.position;
  }

  /**
   * Tell the server that a level is over.
   * @param {number} level
   * @param {(isTrouble: boolean) => void} onTrouble
   * @returns {Promise<{score: object|null, may_stop: boolean, verdict: {action: string, warning?: number|null}}>}
   */
  async rest(level, onTrouble) {
    const { status, body } = await insist(
      async () => {
        const answer = await this.api.rest({ level });
        const isAnswer = answer.status === 200 ? answer.body?.verdict : answer.body?.error;
        return isAnswer && answer.status < 500 && answer.status !== 429 ? answer : undefined;
      },
      { waiter: this.waiter, onTrouble },
    );
    // A server that refuses must not strand anybody: it judges the level again at the end.
    return status === 200
      ? body
      : { score: null, may_stop: false, verdict: { action: "go_on", warning: null } };
  }

  /** Whether a warning has not been shown in this browser; from now on it has. */
  isNewWarning(warning) {
    const shown = this.store.get("warnings") ?? [];
    if (shown.includes(warning)) return false;
    this.store.set("warnings", [...shown, warning]);
    return true;
  }

  /** Called directly before an image is drawn: that it was shown is kept before it is seen. */
  beforeShow(position, at) {
    this.position = position;
    if (this.origin_epoch_ms === null) {
      this.origin_epoch_ms = this.time.origin + at;
      this.store.set("origin", this.origin_epoch_ms);
    }
    this.store.set("shown", { position, onset_ms: this.sinceFirst(at) });
    for (const event of this.#early.splice(0)) this.#keep(event);
  }

  /** Take what happened on a trial to the outbox. @param {import("./trial.js").PlayedTrial} played */
  onTrial(played) {
    if (played.is_failed) {
      this.record("image_failed", played.onset, {}, played.position);
      return;
    }
    if (played.is_cut) {
      const detail = {
        onset_ms: this.sinceFirst(played.onset),
        offset_ms: this.sinceFirst(played.offset),
        keys: JSON.stringify(played.keys).slice(0, 500),
      };
      this.record("trial_cut", played.offset, detail, played.position);
      return;
    }
    this.outbox.addResponse({
      position: played.position,
      key: played.key,
      rt_ms: played.rt_ms,
      keys: played.keys
        .slice(0, MOST_KEYS)
        .map(({ key, at_ms }) => ({ key: key.slice(0, LONGEST_KEY), at_ms })),
      onset_ms: this.sinceFirst(played.onset),
      offset_ms: this.sinceFirst(played.offset),
      frame_ms: played.frame_ms,
      dropped_frames: played.dropped_frames,
      feedback_onset_ms:
        played.feedback_onset === null ? null : this.sinceFirst(played.feedback_onset),
      had_focus: played.had_focus,
    });
  }

  /**
   * Record what disturbed the game.
   * @param {string} event its name
   * @param {number} at `performance.now()` milliseconds
   * @param {Record<string, string|number|boolean|null>} [detail]
   * @param {number|null} [position] the trial on the screen
   */
  record(event, at = this.time.now(), detail = {}, position = this.position) {
    const noted = { event_id: this.makeId(), event, position, at, detail };
    if (this.origin_epoch_ms === null) this.#early.push(noted);
    else this.#keep(noted);
  }

  #keep({ at, ...event }) {
    this.outbox.addEvent({ ...event, at_ms: this.sinceFirst(at) });
  }
}
