/** The game in its page: stage, player, practice, pause and the end, put together for the timeline. */

import { describeDevice, watchDisturbances } from "./events.js";
import { FrameClock, browserFrames, measureFrames } from "./frames.js";
import { Images, decodeBlob, decodeDrawing } from "./images.js";
import { Input } from "./input.js";
import { INTERRUPTION_MS, Player } from "./player.js";
import { feedback, practiceTrials, summary } from "./practice.js";
import { preload } from "./preload.js";
import { Screen } from "./screen.js";
import { Stage } from "./stage.js";

const LEFTOVERS_MS = 4000; // how long responses from before a reload may take before the game goes on
const HINT_AFTER_MS = 1500; // in practice, when a repeat went by without a key

export class Game {
  /**
   * @param {object} parts
   * @param {import("./run.js").Run} parts.run
   * @param {Record<string, string>} parts.texts
   * @param {string} parts.practice_folder address of the practice's drawings
   * @param {boolean} parts.is_instant simulated without a screen
   * @param {Window} parts.window
   */
  constructor({ run, texts, practice_folder: practiceFolder, is_instant: isInstant, window }) {
    Object.assign(this, { run, texts, window, is_instant: isInstant });
    const { config } = run;
    this.has_touch = window.matchMedia("(pointer: coarse)").matches;
    this.stage = new Stage(window.document, {
      texts,
      has_touch: this.has_touch,
      background: config.display.background,
    });
    this.clock = new FrameClock();
    this.screen = new Screen({
      canvas: this.stage.canvas,
      room: () => this.stage.room(),
      size_px: config.display.size_px,
      background: config.display.background,
      pixelRatio: () => window.devicePixelRatio,
    });
    this.input = new Input({
      keys: config.keys,
      now: () => performance.now(),
      takes_clicks: this.has_touch,
    });
    this.images = new Images(decodeBlob);
    this.player = this.#player(config.trials, this.images, {
      beforeShow: (position, at) => {
        this.stage.say("");
        run.beforeShow(position, at);
      },
      onTrial: (played) => {
        run.onTrial(played);
        this.stage.advance((played.position + 1) / config.n_trials);
      },
    });
    this.player.seek(run.next_position);
    this.stage.advance(run.next_position / config.n_trials);
    this.#setUpPractice(practiceFolder);
    this.must_start = true;
    this.has_begun = false;
    this.is_over = false;
    watchDisturbances({ window, document: window.document }, (event, at, detail) =>
      this.#onDisturbance(event, at, detail),
    );
    window.addEventListener("pagehide", () => run.outbox.part());
    window.addEventListener("beforeunload", (event) => this.#onLeaving(event));
  }

  /** Fetch the images that are still to be shown. */
  async preload({ say, advance }) {
    await preload(
      this.run.config.trials.filter((trial) => trial.position >= this.player.position),
      {
        fetchImage: (address) => this.run.api.image(address),
        images: this.images,
        waiter: this.run.waiter,
        onProgress: (nDone, nAll) => advance(nAll === 0 ? 1 : nDone / nAll),
        onTrouble: (isTrouble) => say(isTrouble ? this.texts.trouble : this.texts.preload),
      },
    );
  }

  /** Measure the screen and tell the server that the game begins, or goes on. */
  async begin({ say }) {
    const { run } = this;
    if (!run.is_new) await Promise.race([run.outbox.drain(), run.waiter.wait(LEFTOVERS_MS)]);
    if (!this.is_instant) {
      this.clock = await measureFrames(browserFrames);
      this.player.clock = this.clock;
    }
    const position = await run.start(
      describeDevice(this.window, this.clock.frame_ms),
      (isTrouble) => say(isTrouble ? this.texts.trouble : this.texts.starting),
      this.is_instant ? 0 : this.player.lead_ms,
    );
    this.player.seek(position ?? Infinity);
    run.is_new = false;
    this.must_start = false;
    this.has_begun = true;
  }

  /** Open the stage for the game or the practice. */
  open(player) {
    this.stage.open(true);
    this.screen.fit();
    this.input.listen(this.window, this.stage.element);
    if (player === this.player && !this.is_instant) this.stage.say(this.texts.get_ready);
    this.stage.progress.hidden = player !== this.player;
  }

  close() {
    this.input.stop();
    this.stage.say("");
    this.stage.open(false);
  }

  /** Somebody came back after a pause; after a long one the server is told that there is a gap. */
  comeBack() {
    const paused_ms = this.player.paused_ms ?? 0;
    this.must_start = paused_ms > INTERRUPTION_MS;
    this.run.record("resume", performance.now(), { paused_ms });
  }

  /** Save what is left and end the run; goes to the next page, or says why not. */
  async finish({ say }) {
    const { run, texts } = this;
    run.outbox.onChange = ({ has_trouble: hasTrouble }) =>
      say(hasTrouble ? texts.saving_trouble : texts.saving);
    const end = await run.outbox.finish();
    run.outbox.onChange = () => {};
    this.is_over = true;
    if (end.state === "finished") {
      say(texts.finished);
      this.window.location.assign(end.next_url);
    } else {
      say(end.state === "gone" ? texts.gone : texts.stuck);
    }
    await new Promise(() => {}); // the page ends here
  }

  /** A new round of practice. */
  practiseAgain() {
    this.practice_keys.clear();
    for (const trial of this.practice_trials)
      this.practice_images.put(trial.position, trial.image_url);
    this.practice.seek(0);
  }

  /** How the last round of practice went. */
  get practice_summary() {
    return summary(this.practice_trials, this.practice_keys);
  }

  #player(trials, images, hooks) {
    const { clock, screen, input } = this;
    return new Player({
      trials,
      frames: browserFrames,
      clock,
      screen,
      input,
      images,
      now: () => performance.now(),
      ...hooks,
    });
  }

  #setUpPractice(folder) {
    this.practice_trials = practiceTrials(folder);
    this.practice_keys = new Map();
    this.practice_images = new Images(decodeDrawing);
    let hint = null;
    const comment = (position) => {
      const told = feedback(
        this.practice_trials[position].is_repeat,
        this.practice_keys.get(position) === true,
      );
      if (told) this.stage.say(this.texts[told.key], told.kind);
    };
    this.practice = this.#player(this.practice_trials, this.practice_images, {
      lead_ms: 800,
      beforeShow: (position) => {
        clearTimeout(hint);
        this.stage.say("");
        if (!this.is_instant) hint = setTimeout(() => comment(position), HINT_AFTER_MS);
      },
      onTrial: ({ position, key }) => this.practice_keys.set(position, key !== null),
    });
    this.input.onPress((press) => {
      const position = this.practice.current;
      if (position === null || !press.is_answer) return;
      this.practice_keys.set(position, true);
      comment(position);
    });
  }

  #onDisturbance(event, at, detail) {
    if (this.is_over) return;
    const position = this.player.current;
    this.run.record(event, at, detail, position);
    if (event === "visibilitychange" && detail.state === "hidden") {
      if (this.player.is_playing) this.run.record("pause", at, {}, position);
      this.player.pause(at);
      this.practice.pause(at);
    }
    if (event === "resize") this.screen.fit();
  }

  #onLeaving(event) {
    const isUnsaved = this.run.outbox.status.waiting > 0 || (this.has_begun && !this.is_over);
    if (!isUnsaved || this.is_over || this.is_instant) return;
    event.preventDefault();
    event.returnValue = true; // what older browsers ask for
  }
}
