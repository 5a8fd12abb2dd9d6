/** The images of a run, fetched level by level: all of a level before it begins. */

import { preload } from "./preload.js";

export class LevelImages {
  #fetching = new Map(); // level → promise of its images
  #there = new Set(); // levels whose images are here

  /**
   * @param {object} parts
   * @param {{position: number, image_url: string}[]} parts.trials of the run
   * @param {(address: string) => Promise<any>} parts.fetchImage
   * @param {import("./images.js").Images} parts.images
   * @param {import("./retry.js").Waiter} parts.waiter
   */
  constructor({ trials, fetchImage, images, waiter }) {
    Object.assign(this, { trials, fetchImage, images, waiter });
    this.onProgress = () => {};
    this.onTrouble = () => {};
  }

  /** Whether a level can be played without the network. */
  isThere(level) {
    return this.#there.has(level);
  }

  /**
   * Fetch a level's images from a position on, once.
   * @param {import("./levels.js").Level} level
   * @param {number} from
   */
  fetch(level, from) {
    if (this.isThere(level)) return Promise.resolve();
    if (!this.#fetching.has(level)) this.#fetching.set(level, this.#begin(level, from));
    return this.#fetching.get(level);
  }

  /** The game goes on at an earlier position than was thought: what is there is looked at again. */
  lookAgain() {
    this.#there.clear();
    this.#fetching.clear();
  }

  async #begin(level, from) {
    const trials = this.trials.filter(
      ({ position }) => position >= Math.max(from, level.first) && position < level.end,
    );
    await preload(trials, {
      fetchImage: this.fetchImage,
      images: this.images,
      waiter: this.waiter,
      onProgress: (nDone, nAll) => this.onProgress(nAll === 0 ? 1 : nDone / nAll),
      onTrouble: (isTrouble) => this.onTrouble(isTrouble),
    });
    this.#there.add(level);
  }
}
