/** What the game is shown on and answered with: stage, screen, keys and touches. */

import { Input } from "./input.js";
import { Screen } from "./screen.js";
import { Sizing } from "./sizing.js";
import { Stage } from "./stage.js";

const UNTRUSTED_EVERY = 10; // keys that a script made are recorded once in so many

/**
 * @param {object} parts
 * @param {object} parts.config of the run
 * @param {Record<string, string>} parts.texts
 * @param {boolean} parts.has_touch
 * @param {boolean} parts.is_simulated a script presses the keys
 * @param {Window} parts.window
 * @param {(at: number, detail: object) => void} parts.onUntrusted
 */
export function makeSurface({ config, texts, has_touch, is_simulated, window, onUntrusted }) {
  const { keys, display, feedback } = config;
  const { background, fixation, size_px } = display;
  const stage = new Stage(window.document, { texts, has_touch, background });
  const screen = new Screen({
    canvas: stage.canvas,
    room: () => stage.room(),
    size_px,
    background,
    pixelRatio: () => window.devicePixelRatio,
    fixation,
    feedback,
  });
  const input = new Input({
    keys,
    now: () => performance.now(),
    takes_clicks: has_touch,
    takes_untrusted: is_simulated,
    onUntrusted: ({ key, at }, n) => n % UNTRUSTED_EVERY === 1 && onUntrusted(at, { key, n }),
  });
  const sizing = new Sizing({ screen, stage, display, has_touch, window });
  return { stage, screen, input, sizing };
}
