/** How large images are on this screen, and whether the window has room for them. */

import { calibratedSize, calibration } from "./calibration.js";

const LEAST_TOUCH_PX = 150; // a phone's window cannot be made larger: images shrink with it
const SCREEN_SHARE = 0.6; // a screen smaller than the image shrinks it; the window has to be near that

/**
 * The side of the square that images need at least.
 * @param {object} sizes CSS pixels
 * @param {number} sizes.size_px longest side as planned
 * @param {boolean} sizes.is_exact no smaller size will do, as for a visual angle
 * @param {boolean} sizes.has_touch
 * @param {number} sizes.screen_px the screen's shorter side
 */
export function neededRoom({ size_px, is_exact, has_touch, screen_px }) {
  if (is_exact) return size_px;
  return Math.min(size_px, has_touch ? LEAST_TOUCH_PX : SCREEN_SHARE * screen_px);
}

export class Sizing {
  #calibration = null;

  /**
   * @param {object} parts
   * @param {import("./screen.js").Screen} parts.screen
   * @param {import("./stage.js").Stage} parts.stage
   * @param {object} parts.display the study's
   * @param {boolean} parts.has_touch
   * @param {Window} parts.window
   */
  constructor({ screen, stage, display, has_touch, window }) {
    Object.assign(this, { screen, stage, display, has_touch, window });
  }

  /**
   * Take a bank card's width on this screen as the measure.
   * @returns {object} what is kept of it
   */
  calibrate(card_px) {
    this.#calibration = calibration(card_px, this.display, this.window.devicePixelRatio);
    this.screen.is_exact = true;
    this.fit();
    return this.#calibration;
  }

  /** What belongs to the device's description. */
  get measured() {
    if (this.#calibration === null) return {};
    const { px_per_cm, px_per_degree, card_px } = this.#calibration;
    return { px_per_cm, px_per_degree, card_px };
  }

  /** Adapt to the window and its zoom. */
  fit() {
    if (this.#calibration !== null) {
      const ratio = this.window.devicePixelRatio;
      this.screen.size_px = calibratedSize(this.#calibration, this.display, ratio);
    }
    this.screen.fit();
  }

  get is_too_small() {
    const { screen, window, has_touch } = this;
    const needed = neededRoom({
      size_px: screen.size_px,
      is_exact: screen.is_exact,
      has_touch,
      screen_px: Math.min(window.screen.width, window.screen.height),
    });
    return this.stage.roomWhenOpen() < Math.floor(needed) + screen.margin_px;
  }

  /** For the record of a window that is too small. */
  get window_size() {
    return {
      viewport_width_px: this.window.innerWidth,
      viewport_height_px: this.window.innerHeight,
      device_pixel_ratio: this.window.devicePixelRatio,
    };
  }
}
