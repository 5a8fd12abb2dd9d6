/**
 * Responses and events on their way to the server. Every one is kept in storage that survives a
 * reload until the server has acknowledged it; a second sending changes nothing there.
 */

import { Backoff } from "./retry.js";

const MOST_IN_BATCH = 50;
const TRIES = 5; // of a response that the server neither acknowledges nor refuses
const RESENDS = 3; // of one that was acknowledged and is missing all the same
const BEACON_ITEMS = 60; // a request that outlives its page may hold 64 KiB

/**
 * @typedef {object} Status
 * @property {number} waiting responses and events that are not acknowledged
 * @property {boolean} has_trouble the last attempt did not go through
 * @property {boolean} is_gone the server does not know this run (any more)
 */

export class Outbox {
  #pending = new Map(); // name in the store → {kind, value}
  #copies = new Map(); // position → response, kept in memory to the end of the run
  #refused = new Set(); // positions the server will not take
  #tries = new Map();
  #resends = new Map();
  #limit = MOST_IN_BATCH;
  #isRunning = false;
  #isHurried = 0;
  #idle = [];

  /**
   * @param {object} parts
   * @param {import("./store.js").Store} parts.store
   * @param {import("./network.js").Api} parts.api
   * @param {import("./retry.js").Waiter} parts.waiter
   * @param {() => number} [parts.random]
   * @param {number} [parts.gather_ms] how long a batch may gather during the game
   * @param {(status: Status) => void} [parts.onChange]
   * @param {string} [parts.tab] names this page, in every batch
   * @param {(verdict: {action: string, warning: number|null}) => void} [parts.onVerdict] what the server asks of the game
   * @param {(event: string, position: number|null, detail: object) => void} [parts.report] records what went wrong
   */
  constructor({
    store,
    api,
    waiter,
    random = Math.random,
    gather_ms = 3000,
    tab,
    onChange = () => {},
    onVerdict = () => {},
    report = () => {},
  }) {
    Object.assign(this, { store, api, waiter, gather_ms, tab, onChange, onVerdict, report });
    this.backoff = new Backoff(random);
    this.is_gone = false;
    for (const name of store.names("response:")) this.#take(name, "responses", store.get(name));
    for (const name of store.names("event:")) this.#take(name, "events", store.get(name));
    for (const name of store.names("refused:"))
      this.#refused.add(Number(name.slice("refused:".length)));
  }

  /** @returns {Status} */
  get status() {
    return {
      waiting: this.#pending.size,
      has_trouble: this.backoff.failures > 0,
      is_gone: this.is_gone,
    };
  }

  /** Keep what happened on one shown trial; in storage before this call returns. */
  addResponse(response) {
    this.#add(`response:${response.position}`, "responses", response);
  }

  /** Keep an event. */
  addEvent(event) {
    this.#add(`event:${event.event_id}`, "events", event);
  }

  /** Send what waits, now and then, until nothing does. */
  async pump() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#pending.size > 0 && !this.is_gone) {
      if (this.#isHurried === 0) await this.waiter.wait(this.gather_ms);
      const wait_ms = await this.#send(this.#nextBatch());
      this.onChange(this.status);
      if (wait_ms > 0) await this.waiter.wait(wait_ms);
    }
    this.#isRunning = false;
    for (const resolve of this.#idle.splice(0)) resolve();
    this.onChange(this.status);
  }

  /** Resolves when everything is acknowledged, refused or cannot go anywhere. Never gives up by itself. */
  async drain() {
    this.#isHurried += 1;
    this.waiter.wake();
    while (this.#pending.size > 0 && !this.is_gone) {
      const idle = new Promise((resolve) => this.#idle.push(resolve));
      this.pump();
      await idle;
    }
    this.#isHurried -= 1;
  }

  /** Send a last time while the page goes away. What waits stays in storage. */
  part() {
    if (this.#pending.size > 0 && !this.is_gone)
      this.api.part(this.#batch(this.#nextBatch(BEACON_ITEMS)));
  }

  /**
   * End the run: everything sent, what is missing sent again, the rest declared lost.
   * @param {boolean} [stop] the person stops at a rest: no further level
   * @returns {Promise<{state: "finished", next_url: string}|{state: "gone"}|{state: "stuck", message: string}>}
   */
  async finish(stop = false) {
    const lost = new Set();
    for (;;) {
      await this.drain();
      if (this.is_gone) return { state: "gone" };
      for (const position of this.#refused) lost.add(position);
      const { status, body } = await this.#insistOnFinish({ lost: [...lost], stop });
      if (status === 200) {
        this.store.clear();
        return body;
      }
      if (status === 404) return { state: "gone" };
      const missing = body.missing ?? [];
      const isNew = missing.map((position) => this.#resend(position) || !lost.has(position));
      if (!isNew.includes(true)) return { state: "stuck", message: body.message };
      for (const position of missing) {
        if (!this.#pending.has(`response:${position}`)) lost.add(position);
      }
    }
  }

  #add(name, kind, value) {
    this.store.set(name, value);
    this.#take(name, kind, value);
    this.onChange(this.status);
    this.pump();
  }

  #take(name, kind, value) {
    if (value === undefined || value === null) return;
    this.#pending.set(name, { kind, value });
    if (kind === "responses") this.#copies.set(value.position, value);
  }

  #nextBatch(most = this.#limit) {
    return [...this.#pending].slice(0, most);
  }

  /** @returns {Promise<number>} how long to wait before the next attempt, in ms */
  async #send(items) {
    let answer;
    try {
      answer = await this.api.responses(this.#batch(items));
    } catch {
      return this.backoff.next();
    }
    const { status, body, retry_after_ms } = answer;
    if ([200, 201, 409].includes(status) && Array.isArray(body?.stored))
      return this.#acknowledge(items, body);
    if (status === 404 && body?.error) {
      this.is_gone = true;
      return 0;
    }
    if (
      status === 413 ||
      (status >= 400 && status < 500 && body?.error && ![408, 409, 425, 429].includes(status))
    ) {
      return this.#split(items, status, body);
    }
    return this.backoff.next(retry_after_ms);
  }

  #acknowledge(items, { stored, known = [], conflicting = [], missing = [], verdict }) {
    const acknowledged = new Set([...stored, ...known, ...conflicting]);
    let isStuck = false;
    for (const [name, { kind, value }] of items) {
      if (kind === "events" || acknowledged.has(value.position)) {
        this.#drop(name);
      } else {
        isStuck = true;
        const tries = (this.#tries.get(name) ?? 0) + 1;
        this.#tries.set(name, tries);
        if (tries >= TRIES) this.#refuse(name, 200, "neither stored nor refused");
      }
    }
    for (const position of missing) this.#resend(position);
    this.#limit = Math.min(MOST_IN_BATCH, this.#limit * 2);
    if (verdict) this.onVerdict(verdict);
    if (isStuck) return this.backoff.next();
    this.backoff.reset();
    return 0;
  }

  /** Too large, or something in it is refused: halve until the one that is to blame stands alone. */
  #split(items, status, body) {
    if (items.length > 1) this.#limit = Math.ceil(items.length / 2);
    else this.#refuse(items[0][0], status, String(body?.message ?? body?.error ?? "too large"));
    return 0;
  }

  /** Keep a response aside that the server does not take; an event is given up. */
  #refuse(name, status, reason) {
    const { kind, value } = this.#pending.get(name);
    this.#drop(name);
    if (kind !== "responses") return;
    this.#refused.add(value.position);
    this.#copies.delete(value.position);
    this.store.set(`refused:${value.position}`, value);
    const response = JSON.stringify(value).slice(0, 500);
    this.report("response_refused", value.position, {
      status,
      reason: reason.slice(0, 500),
      response,
    });
  }

  #drop(name) {
    this.#pending.delete(name);
    this.#tries.delete(name);
    this.store.remove(name);
  }

  /** Put a response back that the server says is missing. Returns whether it will be sent again. */
  #resend(position) {
    const name = `response:${position}`;
    if (this.#pending.has(name)) return true;
    const copy = this.#copies.get(position);
    const resends = this.#resends.get(position) ?? 0;
    if (!copy || resends >= RESENDS) return false;
    this.#resends.set(position, resends + 1);
    this.store.set(name, copy);
    this.#take(name, "responses", copy);
    return true;
  }

  async #insistOnFinish(end) {
    for (let refusals = 0; ;) {
      let retry_after_ms = 0;
      try {
        const answer = await this.api.finish(end);
        const { status, body } = answer;
        const isAnswer =
          (status === 200 && body?.next_url) ||
          (status === 409 && Array.isArray(body?.missing)) ||
          (status === 404 && body?.error);
        if (!isAnswer && body?.error && status < 500 && status !== 429) refusals += 1;
        if (isAnswer || refusals >= TRIES) {
          this.backoff.reset();
          return answer;
        }
        retry_after_ms = answer.retry_after_ms;
      } catch {
        // No answer: the network is away.
      }
      const wait_ms = this.backoff.next(retry_after_ms);
      this.onChange(this.status);
      await this.waiter.wait(wait_ms);
    }
  }

  /** The body of a request. */
  #batch(items) {
    const body = { tab: this.tab, responses: [], events: [] };
    for (const [, { kind, value }] of items) body[kind].push(value);
    return body;
  }
}
