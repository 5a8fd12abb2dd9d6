/** Stand-ins for what a browser has: a screen with a refresh rate, a keyboard, a storage, a server. */

/** A screen that refreshes at a rate and can drop frames; time passes only in `run`. */
export class FakeFrames {
  #callback = null;
  #id = 0;

  constructor(hertz, { start_ms = 1000, jitter = () => 0 } = {}) {
    this.frame_ms = 1000 / hertz;
    this.start_ms = start_ms;
    this.n = 0;
    this.jitter = jitter;
    this.time = start_ms;
    this.dropped = new Set(); // numbers of frames that never come
  }

  request(callback) {
    this.#callback = callback;
    this.#id += 1;
    return this.#id;
  }

  cancel() {
    this.#callback = null;
  }

  get isIdle() {
    return this.#callback === null;
  }

  /** Let time pass up to and including this moment; `before` is called ahead of every refresh. */
  run(until, before = () => {}) {
    for (;;) {
      const at = this.start_ms + (this.n + 1) * this.frame_ms;
      if (at > until) break;
      this.n += 1;
      this.time = at;
      before(at);
      if (this.dropped.has(this.n)) continue;
      const callback = this.#callback;
      this.#callback = null;
      callback?.(at + this.jitter());
    }
    this.time = until;
  }

  /** A pause in which no frame comes, as in a hidden tab. */
  sleep(ms) {
    this.start_ms += ms;
    this.time += ms;
  }
}

/** Remembers when each image went up and came down. */
export class FakeScreen {
  constructor(frames) {
    this.frames = frames;
    this.log = [];
    this.marks = []; // [number of the frame, whether right or null]
    this.isUp = false;
  }

  mark(isCorrect) {
    if (isCorrect !== null || this.marks.at(-1)?.[1] !== null)
      this.marks.push([this.frames.n, isCorrect]);
  }

  draw(image) {
    this.isUp = true;
    this.log.push({ image, n_on: this.frames.n, n_off: null });
  }

  clear() {
    if (this.isUp) this.log.at(-1).n_off = this.frames.n;
    this.isUp = false;
  }
}

/** Images that are ready at once, but for those in `late`. */
export class FakeImages {
  constructor() {
    this.late = new Set();
    this.released = [];
  }

  get(position) {
    return this.late.has(position) ? undefined : `image ${position}`;
  }

  prepare() {}

  release(position) {
    this.released.push(position);
  }
}

/** A storage with room for so many characters. */
export class FakeStorage {
  constructor(room = Infinity) {
    this.room = room;
    this.entries = new Map();
  }

  get length() {
    return this.entries.size;
  }

  key(index) {
    return [...this.entries.keys()][index];
  }

  getItem(key) {
    return this.entries.get(key) ?? null;
  }

  setItem(key, value) {
    const used = [...this.entries].reduce(
      (sum, [k, v]) => sum + (k === key ? 0 : k.length + v.length),
      0,
    );
    if (used + key.length + value.length > this.room) {
      throw Object.assign(new Error("full"), { name: "QuotaExceededError" });
    }
    this.entries.set(key, value);
  }

  removeItem(key) {
    this.entries.delete(key);
  }
}

/** The server's rules for responses, events and the end, as the contract of the API has them. */
export class FakeServer {
  constructor(n_trials) {
    this.n_trials = n_trials;
    this.stored = new Map();
    this.conflicts = [];
    this.events = new Map();
    this.lost = new Set();
    this.insertions = [];
    this.is_finished = false;
    this.limit = 200;
    this.refused = new Set(); // positions that are answered 422
    this.n_requests = 0;
  }

  responses({ responses, events }) {
    if (responses.length + events.length > this.limit)
      return answer(413, { error: "too_large", message: "too large" });
    const bad = responses.find((response) => this.refused.has(response.position));
    if (bad) return answer(422, { error: "malformed", message: `position ${bad.position}` });
    const verdict = { action: "go_on", warning: null };
    const receipt = { stored: [], known: [], conflicting: [], missing: [], verdict };
    for (const response of responses) {
      const there = this.stored.get(response.position);
      const text = JSON.stringify(response);
      if (there === undefined) {
        this.stored.set(response.position, text);
        this.insertions.push(response.position);
        this.lost.delete(response.position);
        receipt.stored.push(response.position);
      } else {
        receipt[there === text ? "known" : "conflicting"].push(response.position);
        if (there !== text) this.conflicts.push(response);
      }
    }
    for (const event of events) this.events.set(event.event_id, event);
    const highest = Math.max(-1, ...this.stored.keys());
    for (let position = 0; position < highest; position += 1) {
      if (!this.stored.has(position) && !this.lost.has(position)) receipt.missing.push(position);
    }
    return answer(
      receipt.conflicting.length > 0 ? 409 : receipt.stored.length > 0 ? 201 : 200,
      receipt,
    );
  }

  finish({ lost, stop }) {
    this.was_stopped = stop;
    for (const position of lost) if (!this.stored.has(position)) this.lost.add(position);
    const missing = [];
    for (let position = 0; position < this.n_trials; position += 1) {
      if (!this.stored.has(position) && !this.lost.has(position)) missing.push(position);
    }
    if (missing.length > 0)
      return answer(409, { error: "responses_missing", message: "missing", missing });
    this.is_finished = true;
    return answer(200, { state: "finished", next_url: "/thanks" });
  }
}

export function answer(status, body, retry_after_ms = 0) {
  return { status, body, retry_after_ms };
}

/** An api in front of a server; `weather` may lose a request, lose its answer, or answer by itself. */
export class FakeApi {
  constructor(server, weather = () => "fine") {
    this.server = server;
    this.weather = weather;
    this.parted = [];
  }

  responses(body) {
    return this.#pass("responses", body);
  }

  finish(body) {
    return this.#pass("finish", body);
  }

  part(body) {
    this.parted.push(body);
  }

  async #pass(method, body) {
    this.server.n_requests += 1;
    const sent = JSON.parse(JSON.stringify(body)); // as it would travel
    const weather = this.weather();
    if (weather === "lost") throw new TypeError("Failed to fetch");
    if (typeof weather === "object") return weather;
    const got = this.server[method](sent);
    if (weather === "answer lost") throw new TypeError("Failed to fetch");
    return got;
  }
}

/** A waiter for which every wait is over at once, and which remembers how long they would have been. */
export class FakeWaiter {
  constructor() {
    this.waits = [];
    this.isOver = false;
  }

  /** The page is gone: nothing in it goes on. */
  stop() {
    this.isOver = true;
  }

  wait(ms) {
    this.waits.push(ms);
    if (this.isOver) return new Promise(() => {});
    return new Promise((resolve) => setImmediate(resolve));
  }

  wake() {}
}

/** A small seeded generator of numbers from 0 up to 1 (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function response(position, more = {}) {
  return {
    position,
    key: null,
    rt_ms: null,
    keys: [],
    onset_ms: 1400 * position,
    offset_ms: 1400 * position + 600,
    frame_ms: 16.7,
    dropped_frames: 0,
    feedback_onset_ms: null,
    ...more,
  };
}
