/** The server's participant API. Every call gives a status and a JSON body, or throws where no answer came. */

const PATIENCE_MS = 15_000;

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {any} body parsed JSON; null where the answer was none (a captive portal, a proxy)
 * @property {number} retry_after_ms what the server asked for, else 0
 */

export class Api {
  /**
   * @param {string} run_url
   * @param {typeof fetch} fetcher
   */
  constructor(run_url, fetcher = (...request) => fetch(...request)) {
    this.run_url = run_url;
    this.fetcher = fetcher;
  }

  /** @returns {Promise<Answer>} */
  run() {
    return this.#ask("", { method: "GET" });
  }

  /** @returns {Promise<Answer>} */
  start(body) {
    return this.#post("/start", body);
  }

  /** @returns {Promise<Answer>} */
  responses(body) {
    return this.#post("/responses", body);
  }

  /** @returns {Promise<Answer>} */
  finish(body) {
    return this.#post("/finish", body);
  }

  /** @returns {Promise<Answer>} */
  feedback(body) {
    return this.#post("/feedback", body);
  }

  /** @returns {Promise<Answer>} */
  rest(body) {
    return this.#post("/rest", body);
  }

  /** Send while the page goes away; no answer is waited for. */
  part(body) {
    this.fetcher(`${this.run_url}/responses`, { ...post(body), keepalive: true }).catch(() => {});
  }

  /**
   * @returns {Promise<Blob|null>} an image's bytes; null where the server says that it has none;
   *   throws where they do not come whole
   */
  async image(address) {
    const response = await this.fetcher(address, { signal: AbortSignal.timeout(4 * PATIENCE_MS) });
    if ([404, 410].includes(response.status) && parsed(await response.text())?.error) return null;
    if (!response.ok) throw new Error(`an image was answered ${response.status}`);
    return response.blob();
  }

  #post(path, body) {
    return this.#ask(path, post(body));
  }

  async #ask(path, options) {
    const response = await this.fetcher(this.run_url + path, {
      ...options,
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: parsed(text),
      retry_after_ms: 1000 * (Number(response.headers.get("Retry-After")) || 0),
    };
  }
}

function post(body) {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
