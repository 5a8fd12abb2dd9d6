/**
 * Files on their way to the server. It is told what there is and says what it has already; only the
 * rest is sent, a few requests at a time. What is sent twice changes nothing, so that everything may
 * be tried again: after a failure, a pause, a reload, or on another day.
 */

import { Backoff } from "../game/retry.js";
import { inLists, nextWork, PieceSize } from "./batches.js";

const IN_FLIGHT = 3;
const TRIES = 4; // of a file that the server takes and does not keep

/**
 * @typedef {object} Status
 * @property {number} files announced and taken by the server
 * @property {number} bytes
 * @property {number} files_sent of these, the whole ones
 * @property {number} bytes_sent
 * @property {{path: string, reason: string}[]} refused
 * @property {boolean} has_trouble the last request did not go through
 * @property {boolean} is_paused
 */

/** The server refuses to go on: signed out, too much, no such upload. */
export class StoppedError extends Error {}

export class Sender {
  #waiting = []; // Wanted
  #tries = new Map(); // key → times that it was sent and not kept
  #resume = null; // ends a pause
  #paused = null;
  #isOver = false;

  /**
   * @param {object} parts
   * @param {import("./api.js").UploadApi} parts.api
   * @param {import("../game/retry.js").Waiter} parts.waiter
   * @param {{piece_bytes: number, bundle_files: number, list_files: number}} parts.limits
   * @param {() => number} [parts.now] milliseconds
   * @param {() => number} [parts.random]
   * @param {(status: Status) => void} [parts.onChange]
   */
  constructor({ api, waiter, limits, now = () => performance.now(), random, onChange = () => {} }) {
    Object.assign(this, { api, waiter, limits, now, onChange });
    this.backoff = new Backoff(random);
    this.size = new PieceSize(limits.piece_bytes);
    this.files = 0;
    this.bytes = 0;
    this.files_sent = 0;
    this.bytes_sent = 0;
    this.refused = [];
  }

  /** @returns {Status} */
  get status() {
    const { files, bytes, files_sent, bytes_sent, refused } = this;
    return {
      ...{ files, bytes, files_sent, bytes_sent, refused },
      has_trouble: this.backoff.failures > 0,
      is_paused: this.#paused !== null,
    };
  }

  pause() {
    this.#paused ??= new Promise((resolve) => (this.#resume = resolve));
    this.onChange(this.status);
  }

  resume() {
    this.#resume?.();
    this.#paused = this.#resume = null;
    this.waiter.wake();
    this.onChange(this.status);
  }

  /**
   * Send files until the server has every one that it takes.
   * @param {import("./picking.js").Chosen[]} chosen
   * @throws {StoppedError} if the server refuses to go on
   */
  async send(chosen) {
    for (const list of inLists(chosen, this.limits.list_files)) await this.#announce(list);
    try {
      await Promise.all(Array.from({ length: IN_FLIGHT }, () => this.#work()));
    } finally {
      this.#isOver = true; // if one is refused, the others take no more work
    }
  }

  async #announce(list) {
    const said = await this.#insist(() =>
      this.api.announce(
        list.map(({ path, file }) => ({ path, size: file.size, mark: markOf(file) })),
      ),
    );
    if (said.status !== 200) throw new StoppedError(said.body.message);
    said.body.files.forEach(({ key, received, refused }, n) => {
      const { path, file } = list[n];
      if (refused) return this.#refuse(path, refused);
      this.files += 1;
      this.bytes += file.size;
      this.bytes_sent += received;
      if (received >= file.size) this.files_sent += 1;
      else this.#waiting.push({ path, key, size: file.size, received, file });
    });
    this.onChange(this.status);
  }

  /** Take work until there is none. */
  async #work() {
    for (;;) {
      if (this.#paused) await this.#paused;
      const work = nextWork(this.#waiting, this.size.bytes, this.limits.bundle_files);
      if (work === null || this.#isOver) return;
      if (work.isBundle) await this.#sendBundle(work.files);
      else await this.#sendPiece(work.files[0]);
      this.onChange(this.status);
    }
  }

  async #sendBundle(files) {
    const parts = [];
    for (const one of files) {
      const content = await this.#read(one, 0, one.size);
      if (content) parts.push([one.key, content]);
    }
    if (parts.length === 0) return;
    const bytes = parts.reduce((sum, [, content]) => sum + content.byteLength, 0);
    const { status, body } = await this.#insist(() => this.api.bundle(parts), bytes);
    if (body === null) return this.#sendLess(files);
    if (status !== 200) throw new StoppedError(body.message);
    const stored = new Set(body.stored);
    for (const one of files) {
      if (stored.has(one.key)) this.#arrived(one, one.size);
      else if (one.key in body.refused) this.#drop(one, body.refused[one.key]);
    }
  }

  async #sendPiece(one) {
    const content = await this.#read(one, one.received, one.received + this.size.bytes);
    if (!content) return;
    const { status, body } = await this.#insist(
      () => this.api.piece(one.key, one.received, content),
      content.byteLength,
    );
    if (body === null) {
      this.#sendLess([one]);
    } else if (status === 200) {
      this.#arrived(one, body.received);
    } else if (status === 409 && Number.isInteger(body.received)) {
      // Another request has sent a part of it; go on from where the server is.
      if (body.received <= one.received && this.#isGivenUp(one)) return;
      this.#arrived(one, body.received);
    } else if (status === 422 || status === 413) {
      this.#drop(one, body.message);
    } else {
      throw new StoppedError(body.message);
    }
  }

  /** A proxy before the server takes no request that large. */
  #sendLess(files) {
    if (!this.size.limit())
      throw new StoppedError(
        "A proxy before the server refuses requests of this size (413); who runs the server can allow larger ones.",
      );
    this.#waiting.unshift(...files);
  }

  #arrived(one, received) {
    this.bytes_sent += received - one.received;
    one.received = received;
    if (received >= one.size) this.files_sent += 1;
    else this.#waiting.unshift(one);
  }

  #isGivenUp(one) {
    const tries = (this.#tries.get(one.key) ?? 0) + 1;
    this.#tries.set(one.key, tries);
    if (tries >= TRIES) this.#drop(one, "the server did not keep it; send it again");
    return tries >= TRIES;
  }

  /** Bytes of a file; null if it cannot be read any more, which is told. */
  async #read(one, from, to) {
    try {
      return await one.file.slice(from, to).arrayBuffer();
    } catch {
      this.#drop(one, "it cannot be read any more: was it moved or changed? Choose it again");
      return null;
    }
  }

  /** Send no more of a file. */
  #drop(one, reason) {
    this.files -= 1;
    this.bytes -= one.size;
    this.bytes_sent -= one.received;
    this.#refuse(one.path, reason);
  }

  #refuse(path, reason) {
    this.refused.push({ path, reason });
  }

  /** Ask until there is an answer of the server itself; waits longer after each failure. */
  async #insist(ask, bytes = 0) {
    for (;;) {
      if (this.#paused) await this.#paused;
      let asked_ms = 0;
      const began = this.now();
      try {
        const answer = await ask();
        const { status, body, retry_after_ms } = answer;
        const isAnswer = body !== null && status < 500 && ![408, 425, 429].includes(status);
        if (isAnswer || (status === 413 && bytes > 0)) {
          if (bytes > 0) this.size.note(bytes, this.now() - began);
          this.backoff.reset();
          return answer;
        }
        asked_ms = retry_after_ms;
      } catch {
        // No answer: the network is away or the server is down.
      }
      this.size.fail();
      const wait_ms = this.backoff.next(asked_ms);
      this.onChange(this.status);
      await this.waiter.wait(wait_ms);
    }
  }
}

/** What changes when a file does. */
export function markOf(file) {
  return `${file.size}-${file.lastModified}`;
}
