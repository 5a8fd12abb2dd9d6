/** Who waits for what a player does: for the results of trials, asked for early or late, and for images to come up. */

export class Awaited {
  #waiting = new Map(); // position → resolve of its promise
  #played = new Map(); // position → result nobody has asked for yet
  #shown = new Map(); // position → resolve of the promise of its onset

  /** The result of a trial, when it is over. @returns {Promise<import("./trial.js").PlayedTrial>} */
  result(position) {
    const played = this.#played.get(position);
    if (!played) return new Promise((resolve) => this.#waiting.set(position, resolve));
    this.#played.delete(position);
    return Promise.resolve(played);
  }

  /** Whether the result of a trial is there and was not asked for yet. */
  has(position) {
    return this.#played.has(position);
  }

  /** Give a result to whoever waits for it, or keep it for who will. */
  deliver(played) {
    const resolve = this.#waiting.get(played.position);
    if (!resolve) this.#played.set(played.position, played);
    this.#waiting.delete(played.position);
    resolve?.(played);
  }

  /** Forget the results that nobody has asked for. */
  forget() {
    this.#played.clear();
  }

  /** The onset of an image, when it comes up. @returns {Promise<number>} */
  shown(position) {
    return new Promise((resolve) => this.#shown.set(position, resolve));
  }

  /** An image has come up. */
  show(position, at) {
    this.#shown.get(position)?.(at);
    this.#shown.delete(position);
  }
}
