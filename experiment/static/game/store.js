/** What must survive a reload: the browser's storage, one entry for each thing, keyed by run. */

export class Store {
  #memory = new Map();

  /**
   * @param {Storage|null} storage `localStorage`, or null where the browser has none
   * @param {string} run names the run's entries
   * @param {(reason: string) => void} onFailure told once, when an entry has to stay in memory
   */
  constructor(storage, run, onFailure = () => {}) {
    this.storage = storage;
    this.prefix = `hitrate:${run}:`;
    this.onFailure = onFailure;
    this.has_failed = false;
  }

  /** Keep a value under a name, before this call returns. */
  set(name, value) {
    try {
      this.storage.setItem(this.prefix + name, JSON.stringify(value));
      this.#memory.delete(name);
    } catch (error) {
      this.#memory.set(name, value);
      if (!this.has_failed) {
        this.has_failed = true;
        this.onFailure(String(error?.name ?? error));
      }
    }
  }

  /** The value of a name; undefined where there is none. */
  get(name) {
    if (this.#memory.has(name)) return this.#memory.get(name);
    try {
      const text = this.storage.getItem(this.prefix + name);
      return text === null ? undefined : JSON.parse(text);
    } catch {
      return undefined; // no storage, or not our JSON
    }
  }

  remove(name) {
    this.#memory.delete(name);
    try {
      this.storage.removeItem(this.prefix + name);
    } catch {
      // no storage
    }
  }

  /** Names that begin like this. */
  names(beginning = "") {
    const names = new Set(this.#memory.keys());
    try {
      for (let index = 0; index < this.storage.length; index += 1) {
        const key = this.storage.key(index);
        if (key.startsWith(this.prefix)) names.add(key.slice(this.prefix.length));
      }
    } catch {
      // no storage
    }
    return [...names].filter((name) => name.startsWith(beginning));
  }

  /** Remove everything of this run. */
  clear() {
    for (const name of this.names()) this.remove(name);
  }
}

/** `localStorage`, or null where reading it is refused. */
export function browserStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
