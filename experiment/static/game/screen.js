/** The canvas on which images are shown. Drawing happens in animation frames only; the player decides in which. */

import { drawFixation, drawMark } from "./marks.js";

const BORDER_PX = 14; // kept free around the image where feedback is a border

/**
 * An image ready to be drawn.
 * @typedef {object} Drawable
 * @property {CanvasImageSource} source
 * @property {number} width_px natural size
 * @property {number} height_px
 */

/**
 * How large an image is shown: never larger than its natural size, and smaller only as far as it
 * has to be to fit. Where the size is one of visual angle, the longest side has exactly that size.
 * @param {{width_px: number, height_px: number}} image
 * @param {number} side_px of the square that it has to fit into, CSS pixels
 * @param {boolean} [isExact] the longest side is as long as the square's
 * @returns {number} CSS pixels per image pixel
 */
export function imageScale({ width_px, height_px }, side_px, isExact = false) {
  const scale = side_px / Math.max(width_px, height_px);
  return isExact ? scale : Math.min(1, scale);
}

export class Screen {
  #context;
  #image = null;
  #mark = null; // whether the answer was right; null: no feedback is shown

  /**
   * @param {object} options
   * @param {HTMLCanvasElement} options.canvas
   * @param {() => number} options.room side of the square that is free for the canvas, CSS pixels
   * @param {number} options.size_px longest side of the study's images, CSS pixels
   * @param {string} options.background
   * @param {() => number} options.pixelRatio `window.devicePixelRatio`
   * @param {boolean} [options.is_exact] the longest side is always size_px, as for a visual angle
   * @param {boolean} [options.fixation] a small cross while there is no image
   * @param {"off"|"symbol"|"border"} [options.feedback]
   */
  constructor({
    canvas,
    room,
    size_px,
    background,
    pixelRatio,
    is_exact = false,
    fixation = false,
    feedback = "off",
  }) {
    Object.assign(this, { canvas, room, size_px, background, pixelRatio });
    Object.assign(this, { is_exact, fixation, feedback });
    this.#context = canvas.getContext("2d", { alpha: false });
    this.fit();
  }

  /** What the canvas needs beside the image, on both sides together, CSS pixels. */
  get margin_px() {
    return this.feedback === "border" ? 2 * BORDER_PX : 0;
  }

  /** Adapt to the room there is; what is shown stays shown. */
  fit() {
    this.side = Math.max(1, Math.floor(Math.min(this.size_px, this.room() - this.margin_px)));
    const whole = this.side + this.margin_px;
    const pixels = Math.round(whole * this.pixelRatio());
    if (this.canvas.width !== pixels) {
      this.canvas.width = pixels;
      this.canvas.height = pixels;
    }
    this.canvas.style.width = `${whole}px`;
    this.canvas.style.height = `${whole}px`;
    this.#paint();
  }

  /** @param {Drawable} image */
  draw(image) {
    this.#image = image;
    this.#paint();
  }

  clear() {
    this.#image = null;
    this.#paint();
  }

  /** Show whether an answer was right; null takes that away. @param {boolean|null} isCorrect */
  mark(isCorrect) {
    if (this.#mark === isCorrect) return;
    this.#mark = isCorrect;
    this.#paint();
  }

  #paint() {
    const context = this.#context;
    const { width, height } = this.canvas;
    context.fillStyle = this.background;
    context.fillRect(0, 0, width, height);
    if (this.#image) this.#paintImage(this.#image, width, height);
    const place = { side: width, ratio: this.pixelRatio(), background: this.background };
    const hasSymbol = this.#mark !== null && this.feedback === "symbol";
    if (this.fixation && !this.#image && !hasSymbol) drawFixation(context, place);
    if (this.#mark !== null) drawMark(context, this.feedback, this.#mark, place);
  }

  #paintImage(image, width, height) {
    const ratio = imageScale(image, this.side, this.is_exact) * this.pixelRatio();
    const drawnWidth = Math.round(image.width_px * ratio);
    const drawnHeight = Math.round(image.height_px * ratio);
    this.#context.imageSmoothingQuality = "high";
    this.#context.drawImage(
      image.source,
      Math.round((width - drawnWidth) / 2),
      Math.round((height - drawnHeight) / 2),
      drawnWidth,
      drawnHeight,
    );
  }
}
