/** Kind reminders to pay attention: between two images, below their place, each once. */

const WARNING_MS = 2000;

export class Warnings {
  #waiting = null; // shown when the image is gone

  /**
   * @param {object} parts
   * @param {{isNewWarning: (warning: number) => boolean, record: Function}} parts.run
   * @param {import("./stage.js").Stage} parts.stage
   * @param {string} parts.text
   * @param {(callback: () => void, ms: number) => any} parts.setTimer
   */
  constructor({ run, stage, text, setTimer }) {
    Object.assign(this, { run, stage, text, setTimer });
    this.is_shown = false;
  }

  /** The server asks for a warning. */
  notice(warning) {
    if (this.run.isNewWarning(warning)) this.#waiting = warning;
  }

  /** An image was taken away: the moment for a warning. @param {number} at its time */
  show(at, position) {
    if (this.#waiting === null) return;
    const warning = this.#waiting;
    this.#waiting = null;
    this.is_shown = true;
    this.stage.say(this.text, "warn");
    this.run.record("warning", at, { warning }, position);
    this.setTimer(() => {
      this.is_shown = false;
      this.stage.say("");
    }, WARNING_MS);
  }
}
