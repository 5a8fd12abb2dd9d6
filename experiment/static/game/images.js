/** The images of a run: files kept as blobs, decoded a few ahead and let go of after they were shown. */

const AHEAD = 4;

export class Images {
  #files = new Map(); // position → Blob or address
  #decoded = new Map(); // position → Drawable, or null where it could not be decoded
  #busy = new Set();

  /** @param {(file: any) => Promise<import("./screen.js").Drawable>} decode */
  constructor(decode) {
    this.decode = decode;
  }

  /** Keep the file of a position, also of one that was looked ahead to before it came. */
  put(position, file) {
    this.#files.set(position, file);
    if (this.#decoded.get(position) === null) this.#decoded.delete(position);
  }

  has(position) {
    return this.#files.has(position);
  }

  /** @returns {import("./screen.js").Drawable|null|undefined} undefined: not ready; null: cannot be shown */
  get(position) {
    return this.#decoded.get(position);
  }

  /** How many decoded images are in memory. */
  get n_decoded() {
    return this.#decoded.size;
  }

  /** Decode this one and the next few. */
  prepare(position) {
    for (let ahead = position; ahead < position + AHEAD; ahead += 1) {
      if (!this.#files.has(ahead) || this.#decoded.has(ahead) || this.#busy.has(ahead)) continue;
      this.#busy.add(ahead);
      this.decode(this.#files.get(ahead))
        .catch(() => null)
        .then((image) => {
          if (this.#busy.delete(ahead)) this.#decoded.set(ahead, image);
          else image?.source.close?.();
        });
    }
    // A file that was never fetched must not stop the game.
    if (!this.#files.has(position) && !this.#decoded.has(position))
      this.#decoded.set(position, null);
  }

  /** Let go of a position that was shown. */
  release(position) {
    this.#decoded.get(position)?.source.close?.();
    this.#decoded.delete(position);
    this.#busy.delete(position);
    this.#files.delete(position);
  }
}

/** Decode a blob off the main thread. @returns {Promise<import("./screen.js").Drawable>} */
export async function decodeBlob(blob) {
  const source = await createImageBitmap(blob);
  return { source, width_px: source.width, height_px: source.height };
}

/** Decode a drawing (SVG), which `createImageBitmap` does not take. */
export async function decodeDrawing(address) {
  const source = new Image();
  source.src = address;
  await source.decode();
  return { source, width_px: source.naturalWidth, height_px: source.naturalHeight };
}
