/** The canvas on which images are shown. Drawing happens in animation frames only; the player decides in which. */

/**
 * An image ready to be drawn.
 * @typedef {object} Drawable
 * @property {CanvasImageSource} source
 * @property {number} width_px natural size
 * @property {number} height_px
 */

/**
 * How large an image is shown: never larger than its natural size, and smaller only as far as it
 * has to be to fit.
 * @param {{width_px: number, height_px: number}} image
 * @param {number} side_px of the square that it has to fit into, CSS pixels
 * @returns {number} CSS pixels per image pixel
 */
export function imageScale({ width_px, height_px }, side_px) {
  return Math.min(1, side_px / Math.max(width_px, height_px));
}

export class Screen {
  #context;
  #image = null;

  /**
   * @param {object} options
   * @param {HTMLCanvasElement} options.canvas
   * @param {() => number} options.room side of the square that is free for images, CSS pixels
   * @param {number} options.size_px longest side of the study's images, CSS pixels
   * @param {string} options.background
   * @param {() => number} options.pixelRatio `window.devicePixelRatio`
   */
  constructor({ canvas, room, size_px, background, pixelRatio }) {
    Object.assign(this, { canvas, room, size_px, background, pixelRatio });
    this.#context = canvas.getContext("2d", { alpha: false });
    this.fit();
  }

  /** Adapt to the room there is; what is shown stays shown. */
  fit() {
    this.side = Math.max(1, Math.floor(Math.min(this.size_px, this.room())));
    const pixels = Math.round(this.side * this.pixelRatio());
    if (this.canvas.width !== pixels) {
      this.canvas.width = pixels;
      this.canvas.height = pixels;
      this.canvas.style.width = `${this.side}px`;
      this.canvas.style.height = `${this.side}px`;
    }
    if (this.#image) this.draw(this.#image);
    else this.clear();
  }

  /** @param {Drawable} image */
  draw(image) {
    this.#image = image;
    const { width, height } = this.canvas;
    const ratio = imageScale(image, this.side) * this.pixelRatio();
    const drawnWidth = Math.round(image.width_px * ratio);
    const drawnHeight = Math.round(image.height_px * ratio);
    this.#fill();
    this.#context.imageSmoothingQuality = "high";
    this.#context.drawImage(
      image.source,
      Math.round((width - drawnWidth) / 2),
      Math.round((height - drawnHeight) / 2),
      drawnWidth,
      drawnHeight,
    );
  }

  clear() {
    this.#image = null;
    this.#fill();
  }

  #fill() {
    this.#context.fillStyle = this.background;
    this.#context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }
}
