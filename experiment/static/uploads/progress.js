/** How far an upload is, in words. */

const WINDOW_MS = 20_000; // that the speed is taken from
const SAID_MS = 15_000; // between two announcements to who listens

/** How fast bytes go, as of the last seconds. */
export class Speed {
  #samples = []; // [ms, bytes]

  note(now, bytes) {
    this.#samples.push([now, bytes]);
    while (this.#samples.length > 2 && this.#samples[1][0] < now - WINDOW_MS) this.#samples.shift();
  }

  /** Milliseconds that so many bytes will take; null while that cannot be known. */
  left(bytes) {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || last[0] - first[0] < 1000 || last[1] <= first[1]) return null;
    return (bytes * (last[0] - first[0])) / (last[1] - first[1]);
  }
}

/** Says now and then what has changed, so that a screen reader is not flooded. */
export class Announcer {
  #said = -Infinity;

  /** @param {(text: string) => void} say */
  constructor(say) {
    this.say = say;
  }

  /** Say it, if nothing was said for a while. */
  now_and_then(now, text) {
    if (now - this.#said < SAID_MS) return;
    this.#said = now;
    this.say(text);
  }
}

/** A number of bytes as people say it; the server's pages say it so too. */
export function told(bytes) {
  for (const [unit, factor] of [
    ["GB", 1024 ** 3],
    ["MB", 1024 ** 2],
    ["kB", 1024],
  ])
    if (bytes >= factor) return `${(bytes / factor).toLocaleString("en", FRACTION)} ${unit}`;
  return `${bytes} bytes`;
}

const FRACTION = { maximumFractionDigits: 1 };

/** "3 files", "1 file". */
export function counted(n, word = "file") {
  return `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
}

/** How long something takes, about. */
export function duration(ms) {
  if (ms === null) return "";
  const seconds = ms / 1000;
  if (seconds < 50) return "less than a minute left";
  if (seconds < 5400) return `about ${counted(Math.round(seconds / 60), "minute")} left`;
  return `about ${counted(Math.round(seconds / 3600), "hour")} left`;
}

/**
 * @param {import("./sender.js").Status} status
 * @param {number|null} left_ms
 */
export function far(status, left_ms) {
  const parts = [
    `${status.files_sent.toLocaleString("en")} of ${counted(status.files)}`,
    `${told(status.bytes_sent)} of ${told(status.bytes)}`,
  ];
  if (status.is_paused) parts.push("paused");
  else if (left_ms !== null && status.bytes_sent < status.bytes) parts.push(duration(left_ms));
  return parts.join(", ");
}
