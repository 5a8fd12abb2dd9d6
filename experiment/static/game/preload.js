/** Fetching a run's images before it begins: a few at a time, each again until it comes or is known not to exist. */

import { Backoff, insist } from "./retry.js";

const AT_ONCE = 6;

/**
 * @param {{position: number, image_url: string}[]} trials
 * @param {object} parts
 * @param {(address: string) => Promise<any>} parts.fetchImage null where there is none; throws where it does not come
 * @param {import("./images.js").Images} parts.images where they are put; one that does not exist is left out
 * @param {import("./retry.js").Waiter} parts.waiter
 * @param {() => number} [parts.random]
 * @param {(n_done: number, n_all: number) => void} [parts.onProgress]
 * @param {(isTrouble: boolean) => void} [parts.onTrouble]
 */
export async function preload(
  trials,
  { fetchImage, images, waiter, random, onProgress = () => {}, onTrouble = () => {} },
) {
  const missing = trials.filter((trial) => !images.has(trial.position));
  const queue = [...missing];
  let nDone = 0;
  onProgress(0, missing.length);
  const fetchSome = async () => {
    for (let trial = queue.shift(); trial; trial = queue.shift()) {
      const { position, image_url: address } = trial;
      const file = await insist(() => fetchImage(address), {
        waiter,
        backoff: new Backoff(random),
        onTrouble,
      });
      if (file !== null) images.put(position, file);
      nDone += 1;
      onProgress(nDone, missing.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, fetchSome));
}
