/** The server's API of uploads. Every call gives a status and a JSON body, or throws where no answer came. */

const PATIENCE_MS = 300_000;

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {any} body parsed JSON; null where the answer was none (a captive portal, a proxy)
 * @property {number} retry_after_ms what the server asked for, else 0
 */

export class UploadApi {
  /**
   * @param {string} uploads address of all uploads
   * @param {string} formToken of the page, which goes with every request that changes something
   * @param {typeof fetch} fetcher
   */
  constructor(uploads, formToken, fetcher = (...request) => fetch(...request)) {
    Object.assign(this, { uploads, formToken, fetcher });
    this.upload = null; // its id, once there is one
  }

  /** @returns {Promise<Answer>} */
  begin(image_set) {
    return this.#send("POST", this.uploads, { image_set });
  }

  /** @returns {Promise<Answer>} */
  announce(files) {
    return this.#send("POST", `${this.#here}/files`, { files });
  }

  /** @returns {Promise<Answer>} */
  bundle(parts) {
    const form = new FormData();
    for (const [key, content] of parts) form.append(key, new Blob([content]), key);
    return this.#ask("PUT", `${this.#here}/files`, form);
  }

  /** @returns {Promise<Answer>} */
  piece(key, offset, content) {
    return this.#ask("PUT", `${this.#here}/files/${key}?offset=${offset}`, content, {
      "Content-Type": "application/octet-stream",
    });
  }

  /** @returns {Promise<Answer>} */
  finish(options) {
    return this.#send("POST", `${this.#here}/finish`, options);
  }

  get #here() {
    return `${this.uploads}/${this.upload}`;
  }

  #send(method, address, body) {
    return this.#ask(method, address, JSON.stringify(body), { "Content-Type": "application/json" });
  }

  async #ask(method, address, body, headers = {}) {
    const response = await this.fetcher(address, {
      method,
      body,
      headers: { ...headers, "X-CSRFToken": this.formToken },
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

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
