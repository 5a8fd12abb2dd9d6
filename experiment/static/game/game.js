/** The game in its page: stage, player, levels, practice, pauses and the end, for the timeline. */

import { describeDevice, watchDisturbances } from "./events.js";
import { giveFeedback } from "./feedback.js";
import { FrameClock, browserFrames, measureFrames } from "./frames.js";
import { Images, decodeBlob } from "./images.js";
import { LevelImages } from "./level-images.js";
import { levelAt, levelBefore, makeLevels } from "./levels.js";
import { INTERRUPTION_MS, Player } from "./player.js";
import { PracticeRound } from "./practice.js";
import { makeSurface } from "./surface.js";
import { Warnings } from "./warnings.js";

const LEFTOVERS_MS = 4000; // how long responses from before a reload may take before the game goes on
const LOOK_AGAIN_MS = 200; // at the size of a window that is too small

export class Game {
  #rested = new Set(); // levels after which there was a rest

  /**
   * @param {object} parts
   * @param {import("./run.js").Run} parts.run
   * @param {Record<string, string>} parts.texts
   * @param {string} parts.practice_folder address of the practice's drawings
   * @param {"data-only"|"visual"|null} parts.simulate data-only: without a screen
   * @param {Window} parts.window
   */
  constructor({ run, texts, practice_folder: practiceFolder, simulate, window }) {
    Object.assign(this, { run, texts, window, simulate });
    const { config } = run;
    this.is_instant = simulate === "data-only";
    this.has_touch = window.matchMedia("(pointer: coarse)").matches;
    this.must_calibrate = config.display.size_deg !== null && simulate === null;
    const surface = { config, texts, has_touch: this.has_touch, is_simulated: simulate !== null };
    const onUntrusted = (at, detail) =>
      run.record("untrusted_key", at, detail, this.player.current);
    Object.assign(this, makeSurface({ ...surface, window, onUntrusted }));
    this.clock = new FrameClock();
    const setTimer = (callback, ms) => window.setTimeout(callback, ms);
    this.warnings = new Warnings({ run, stage: this.stage, text: texts.warning, setTimer });
    this.images = new Images(decodeBlob);
    this.level_images = new LevelImages({
      trials: config.trials,
      fetchImage: (address) => run.api.image(address),
      images: this.images,
      waiter: run.waiter,
    });
    this.player = this.makePlayer(config.trials, this.images, {
      beforeShow: (position, at) => {
        if (!this.warnings.is_shown) this.stage.say("");
        run.beforeShow(position, at);
      },
      afterShow: (position, at) => this.warnings.show(at, position),
      hasFocus: () => window.document.hasFocus(),
      onTrial: (played) => {
        run.onTrial(played);
        this.stage.advance((played.position + 1) / config.n_trials);
      },
    });
    this.levels = makeLevels(config.trials, config.rests);
    this.end_position = config.end_position ?? Infinity;
    this.#seek(run.next_position);
    this.stage.advance(run.next_position / config.n_trials);
    this.practice = new PracticeRound(this, practiceFolder);
    const { feedback, feedback_ms: duration_ms } = config;
    const { input, player } = this;
    if (feedback !== "off") giveFeedback({ input, player, api: run.api, duration_ms });
    Object.assign(this, { must_start: true, must_get_ready: true, has_begun: false });
    Object.assign(this, { is_over: false, is_elsewhere: false, stops: false });
    Object.assign(this, { pause_reason: "paused", has_come_back: false, after: null });
    run.outbox.onVerdict = (verdict) => this.obey(verdict);
    watchDisturbances({ window, document: window.document }, (event, at, detail) =>
      this.#onDisturbance(event, at, detail),
    );
    window.addEventListener("pagehide", () => run.outbox.part());
    window.addEventListener("beforeunload", (event) => this.#onLeaving(event));
  }

  /** Whether images are still to be shown in this run. */
  get hasMore() {
    const { position } = this.player;
    return !this.stops && position !== undefined && position < this.end_position;
  }

  /** The level that is played or comes next. */
  get level() {
    return levelAt(this.levels, this.player.position);
  }

  /** The level that is over and whose rest has not been; undefined where there is none. */
  get rest_level() {
    const over = levelBefore(this.levels, this.player.position);
    return this.hasMore && over && !this.#rested.has(over.number) ? over : undefined;
  }

  get must_fetch() {
    return this.hasMore && !this.is_instant && !this.level_images.isThere(this.level);
  }

  /** The page before the game goes on after a pause that was not planned; null: none. */
  get pause_page() {
    return this.player.paused_ms === null || this.has_come_back ? null : this.pause_reason;
  }

  get is_too_small() {
    return !this.is_instant && this.sizing.is_too_small;
  }

  /** Everything is there for the next image. */
  get is_ready() {
    const isHeld = this.is_elsewhere || this.must_start || this.must_fetch || this.is_too_small;
    return this.hasMore && !isHeld && this.rest_level === undefined && this.pause_page === null;
  }

  /** Take a bank card's width on this screen as the measure of everything. */
  calibrate(card_px) {
    this.run.store.set("card_px", card_px);
    this.run.record("calibrated", performance.now(), this.sizing.calibrate(card_px));
    this.must_calibrate = false;
  }

  /** Fetch the images of the level that comes next. */
  async preload({ say, advance }) {
    this.level_images.onProgress = advance;
    this.level_images.onTrouble = (isTrouble) =>
      say(isTrouble ? this.texts.trouble : this.texts.preload);
    await this.level_images.fetch(this.level, this.player.position);
  }

  /** Wait until the window is large enough. */
  async waitForRoom() {
    this.run.record("too_small", performance.now(), this.sizing.window_size);
    while (this.is_too_small)
      await new Promise((resolve) => this.window.setTimeout(resolve, LOOK_AGAIN_MS));
    if (this.pause_page === "too_small") this.comeBack();
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
      { ...describeDevice(this.window, this.clock.frame_ms), ...this.sizing.measured },
      (isTrouble) => say(isTrouble ? this.texts.trouble : this.texts.starting),
      this.is_instant ? 0 : this.player.lead_ms,
    );
    if (position !== null && position < this.player.position) this.level_images.lookAgain();
    this.#seek(position ?? Infinity);
    run.is_new = false;
    this.must_start = false;
    this.has_begun = true;
  }

  /** Open the stage for the game or the practice. */
  open(player) {
    this.has_come_back = false;
    this.pause_reason = "paused";
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

  /** Tell the server of a level that is over, and hear how it went. */
  async rest({ say }) {
    const { run, texts } = this;
    const { number } = this.rest_level;
    const onTrouble = (isTrouble) => say(isTrouble ? texts.saving_trouble : texts.saving_level);
    run.outbox.onChange = ({ has_trouble: hasTrouble }) => onTrouble(hasTrouble);
    await run.outbox.drain();
    run.outbox.onChange = () => {};
    const told = await run.rest(number, onTrouble);
    this.after = { ...told, number, n_levels: this.levels.at(-1).number, phase: this.level.phase };
    this.#rested.add(number);
    this.obey(told.verdict);
    this.#seek(this.player.position);
    // While the person rests; what goes wrong shows when it is waited for.
    if (this.must_fetch) this.level_images.fetch(this.level, this.player.position);
  }

  /** The person wants no further level. */
  stop() {
    this.stops = true;
  }

  /** Do what the server asks. */
  obey({ action, warning }) {
    if (this.is_over) return;
    if (action === "warn") this.warnings.notice(warning);
    if (action === "end") {
      const { current, position = Infinity } = this.player;
      this.end_position = Math.min(this.end_position, current === null ? position : current + 1);
      this.player.stopAfterThis();
    }
    // What is left from before this page began may still be answered so.
    if (action === "elsewhere" && this.has_begun && !this.must_start) {
      this.is_elsewhere = true;
      this.player.pause();
    }
  }

  /** The person wants to play in this window after all. */
  playHere() {
    this.is_elsewhere = false;
    this.must_start = true;
    this.has_come_back = true;
  }

  /** Somebody came back after a pause; after a long one the server is told that there is a gap. */
  comeBack() {
    const paused_ms = this.player.paused_ms ?? 0;
    this.must_start = paused_ms > INTERRUPTION_MS;
    this.has_come_back = true;
    this.run.record("resume", performance.now(), { paused_ms });
  }

  /** The back button was pressed: the game waits for what the person says. */
  askToLeave() {
    const at = performance.now();
    this.run.record("back", at, {}, this.player.current);
    this.#pause(at);
  }

  /** Save what is left and end the run; goes to the next page, or says why not. */
  async finish({ say }) {
    const { run, texts } = this;
    run.outbox.onVerdict = () => {};
    run.outbox.onChange = ({ has_trouble: hasTrouble }) =>
      say(hasTrouble ? texts.saving_trouble : texts.saving);
    const end = await run.outbox.finish(this.stops);
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

  /** A player on this stage. */
  makePlayer(trials, images, hooks) {
    const { clock, screen, input } = this;
    const parts = { trials, images, clock, screen, input, now: () => performance.now() };
    return new Player({ ...parts, frames: browserFrames, ...hooks });
  }

  /** The next image is this one, and the last before a rest that of its level. */
  #seek(position) {
    this.player.seek(position);
    const level = this.level;
    this.player.until(Math.min(level?.end ?? Infinity, this.end_position));
  }

  #pause(at, reason = "paused") {
    if (this.player.is_playing) {
      this.pause_reason = reason;
      this.run.record("pause", at, {}, this.player.current);
    }
    this.player.pause(at);
    this.practice.player.pause(at);
  }

  #onDisturbance(event, at, detail) {
    if (this.is_over) return;
    this.run.record(event, at, detail, this.player.current);
    if (event === "blur") this.player.loseFocus();
    if (event === "visibilitychange" && detail.state === "hidden") this.#pause(at);
    if (event === "fullscreenexit" && this.player.is_playing) {
      this.pause_reason = "window";
      this.player.pauseAfterThis();
    }
    if (event === "resize" || event === "zoom") {
      this.sizing.fit();
      if (this.player.is_playing && this.is_too_small) this.#pause(at, "too_small");
    }
  }

  #onLeaving(event) {
    const isUnsaved = this.run.outbox.status.waiting > 0 || (this.has_begun && !this.is_over);
    if (!isUnsaved || this.is_over || this.is_instant) return;
    event.preventDefault();
    event.returnValue = true; // what older browsers ask for
  }
}
