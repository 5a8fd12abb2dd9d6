/** The canvas on which images are shown. Drawing happens in animation frames only; the player decides in which. */

/**
 * An image ready to be drawn.
 * @typedef {object} Drawable
 * @property {CanvasImageSource} source
 * @property {number} width_px natural size
 * @property {number} height_px
 */

/**
 * How large images are shown: none larger than its natural size, all smaller by the same factor
 * where the stage has less room than the study asks for.
 * @returns {number} CSS pixels per image pixel
 */
export function imageScale(size_px, room_px) {
  return Math.min(1, room_px / size_px);
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
    this.scale = imageScale(this.size_px, this.room());
    const side = Math.max(1, Math.floor(this.size_px * this.scale));
    const pixels = Math.round(side * this.pixelRatio());
    if (this.canvas.width !== pixels) {
      this.canvas.width = pixels;
      this.canvas.height = pixels;
      this.canvas.style.width = `${side}px`;
      this.canvas.style.height = `${side}px`;
    }
    if (this.#image) this.draw(this.#image);
    else this.clear();
  }

  /** @param {Drawable} image */
  draw(image) {
    this.#image = image;
    const { width, height } = this.canvas;
    // A file larger than the study's size (a drawing, a page of one's own) is made to fit.
    const shrink = Math.min(1, this.size_px / Math.max(image.width_px, image.height_px));
    const ratio = this.scale * shrink * this.pixelRatio();
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
