/** How files are cut and bound for sending: small ones whole in bundles, large ones in pieces. */

const SMALL = 4; // a file that fills more than one part in so many of a request goes by itself

/**
 * @typedef {object} Wanted a file that the server has not whole
 * @property {string} path
 * @property {string} key what the server calls it
 * @property {number} size
 * @property {number} received bytes that are there
 * @property {File} file
 */

/**
 * Take the next work from a list of files.
 * @param {Wanted[]} waiting sorted as they are to be sent; what is taken leaves it
 * @param {number} bytes about so many in one request
 * @param {number} most files in a bundle
 * @returns {{files: Wanted[], isBundle: boolean}|null}
 */
export function nextWork(waiting, bytes, most) {
  if (waiting.length === 0) return null;
  const isSmall = ({ size, received }) => received === 0 && size <= bytes / SMALL;
  if (!isSmall(waiting[0])) return { files: [waiting.shift()], isBundle: false };
  let n = 0;
  let sum = 0;
  while (n < waiting.length && n < most && isSmall(waiting[n])) {
    sum += waiting[n].size;
    if (sum > bytes && n > 0) break;
    n += 1;
  }
  return { files: waiting.splice(0, n), isBundle: true };
}

/** Lists of at most so many. */
export function inLists(files, most) {
  const lists = [];
  for (let first = 0; first < files.length; first += most)
    lists.push(files.slice(first, first + most));
  return lists;
}

/** How many bytes go well into one request: about as many as pass in a few seconds. */
export class PieceSize {
  #least = 256 * 1024;

  /** @param {number} most what the server takes at once */
  constructor(most) {
    this.most = most;
    this.bytes = Math.min(most, 4 * this.#least);
  }

  /** A request of this many bytes went through. */
  note(bytes, ms) {
    if (ms > 10_000) this.bytes = Math.max(this.#least, this.bytes / 2);
    else if (ms < 2500 && bytes > this.bytes / 2) this.bytes = Math.min(this.most, this.bytes * 2);
  }

  /** Never take so much again; false if it cannot be less. */
  limit() {
    if (this.most <= this.#least) return false;
    this.most = Math.max(this.#least, Math.floor(Math.min(this.most, this.bytes) / 2));
    this.bytes = Math.min(this.bytes, this.most);
    return true;
  }

  /** One did not. */
  fail() {
    this.bytes = Math.max(this.#least, Math.floor(this.bytes / 2));
  }
}
