/** Keys and touches. One capture-phase listener serves the whole game: a listener for each trial loses keys at the boundary. */

const NOT_ANSWERS = new Set([
  "Alt",
  "AltGraph",
  "CapsLock",
  "Control",
  "Dead",
  "Escape",
  "Fn",
  "FnLock",
  "Hyper",
  "Meta",
  "NumLock",
  "Process",
  "ScrollLock",
  "Shift",
  "Super",
  "Symbol",
  "Tab",
  "Unidentified",
]);
const MAX_KEPT = 1000;

/** What a key event says, in one spelling: letters are lower case. */
export function keyName(key) {
  return key.length === 1 ? key.toLowerCase() : key;
}

/**
 * When an event happened, on the clock of `performance.now()`.
 * @param {Event} event
 * @param {() => number} now
 */
export function eventTime(event, now) {
  const at = event.timeStamp;
  return Number.isFinite(at) && at > 0 && at <= now() + 1 ? at : now();
}

/**
 * @typedef {object} Press
 * @property {string} key `KeyboardEvent.key`, or "touch" or "pointer"
 * @property {number} at when, by the event's own timestamp
 * @property {boolean} is_answer false for keys that are not the study's, and for clicks that nobody was asked for
 */

export class Input {
  #presses = [];
  #listeners = new Set();
  #stop = null;
  #nUntrusted = 0;

  /**
   * @param {object} options
   * @param {string[]} options.keys the study's answer keys
   * @param {() => number} options.now the clock, on which events are stamped as well
   * @param {boolean} [options.takes_clicks] a mouse button answers as a finger does: on a touch screen,
   *   where people are told to tap; elsewhere they are told to press a key
   * @param {boolean} [options.takes_untrusted] events that a script made count, as in a simulation
   * @param {(press: Press, n: number) => void} [options.onUntrusted] told of the n-th such event that does not count
   */
  constructor({
    keys,
    now,
    takes_clicks: takesClicks = false,
    takes_untrusted: takesUntrusted = false,
    onUntrusted = () => {},
  }) {
    this.keys = new Set(keys.map(keyName));
    Object.assign(this, { now, onUntrusted });
    this.takes_clicks = takesClicks;
    this.takes_untrusted = takesUntrusted;
  }

  /**
   * Listen from now on.
   * @param {EventTarget} keyboard the window
   * @param {EventTarget} stage where a finger or a pen is an answer
   */
  listen(keyboard, stage) {
    if (this.#stop) return;
    const onKey = (event) => this.#onKey(event);
    const onPointer = (event) => this.#onPointer(event);
    const refuse = (event) => event.preventDefault();
    keyboard.addEventListener("keydown", onKey, { capture: true });
    stage.addEventListener("pointerdown", onPointer, { capture: true });
    stage.addEventListener("contextmenu", refuse);
    this.#stop = () => {
      keyboard.removeEventListener("keydown", onKey, { capture: true });
      stage.removeEventListener("pointerdown", onPointer, { capture: true });
      stage.removeEventListener("contextmenu", refuse);
    };
  }

  stop() {
    this.#stop?.();
    this.#stop = null;
    this.#presses = [];
  }

  /** Call back on every press, as it comes in. Returns a function that ends it. */
  onPress(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The presses from one time up to, not including, another: an image's are those from its onset
   * to the next one's.
   * @returns {Press[]} in the order of their timestamps
   */
  between(from, to) {
    return this.#presses
      .filter((press) => press.at >= from && press.at < to)
      .sort((a, b) => a.at - b.at);
  }

  /** Let go of everything before this time. */
  forget(before) {
    this.#presses = this.#presses.filter((press) => press.at >= before);
  }

  #onKey(event) {
    if (event.repeat || event.isComposing) {
      if (this.keys.has(keyName(event.key))) event.preventDefault();
      return;
    }
    const key = keyName(event.key);
    const isAnswer =
      this.keys.has(key) &&
      !NOT_ANSWERS.has(event.key) &&
      !event.ctrlKey &&
      !event.altKey &&
      !event.metaKey;
    if (isAnswer) event.preventDefault(); // the space bar would scroll, or press a button
    this.#take(key, event, isAnswer);
  }

  #onPointer(event) {
    if (event.isPrimary === false || (event.button ?? 0) !== 0) return;
    event.preventDefault();
    const isMouse = event.pointerType === "mouse";
    this.#take(isMouse ? "pointer" : "touch", event, !isMouse || this.takes_clicks);
  }

  #take(key, event, isAnswer) {
    const press = { key, at: eventTime(event, this.now), is_answer: isAnswer };
    if (!event.isTrusted && !this.takes_untrusted) {
      this.#nUntrusted += 1;
      this.onUntrusted(press, this.#nUntrusted);
      return;
    }
    this.#presses.push(press);
    if (this.#presses.length > MAX_KEPT) this.#presses.shift();
    for (const listener of this.#listeners) listener(press);
  }
}

/**
 * What a person did on one image.
 * @param {Press[]} presses those between its onset and the next
 * @param {number} onset
 * @returns {{key: string|null, rt_ms: number|null, keys: {key: string, at_ms: number}[]}} the first
 *   answer with its reaction time, early ones included, and every key
 */
export function answer(presses, onset) {
  const first = presses.find((press) => press.is_answer);
  return {
    key: first ? first.key : null,
    rt_ms: first ? first.at - onset : null,
    keys: presses.map((press) => ({ key: press.key, at_ms: press.at - onset })),
  };
}
