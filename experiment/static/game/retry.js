/** Trying again: exponential back-off with full jitter. */

const FIRST_MS = 500;
const LONGEST_MS = 20_000;

export class Backoff {
  #failures = 0;

  /** @param {() => number} random a number from 0 up to 1 */
  constructor(random = Math.random) {
    this.random = random;
  }

  get failures() {
    return this.#failures;
  }

  /** How long to wait after one more failure; at least what the server asked for. */
  next(asked_ms = 0) {
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    return Math.max(asked_ms, 100 + this.random() * ceiling);
  }

  reset() {
    this.#failures = 0;
  }
}

/** A wait that can be cut short, for instance when the network is back. */
export class Waiter {
  #wake = new Set();

  /** @param {(callback: () => void, ms: number) => any} setTimer */
  constructor(
    setTimer = (callback, ms) => setTimeout(callback, ms),
    clearTimer = (id) => clearTimeout(id),
  ) {
    this.setTimer = setTimer;
    this.clearTimer = clearTimer;
  }

  wait(ms) {
    return new Promise((resolve) => {
      const done = () => {
        this.#wake.delete(done);
        this.clearTimer(timer);
        resolve();
      };
      const timer = this.setTimer(done, ms);
      this.#wake.add(done);
    });
  }

  /** End every wait now. */
  wake() {
    for (const done of [...this.#wake]) done();
  }
}

/**
 * Ask until there is an answer that counts.
 * @template T
 * @param {() => Promise<T|undefined>} ask undefined or an exception: try again
 * @param {object} options
 * @param {Waiter} options.waiter
 * @param {Backoff} [options.backoff]
 * @param {(isTrouble: boolean) => void} [options.onTrouble] told when it does not go through, and when it does again
 * @returns {Promise<T>}
 */
export async function insist(ask, { waiter, backoff = new Backoff(), onTrouble = () => {} }) {
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) {
        if (backoff.failures > 0) onTrouble(false);
        return answer;
      }
    } catch {
      // No answer at all: the network is away or the server is down.
    }
    onTrouble(true);
    await waiter.wait(backoff.next());
  }
}
