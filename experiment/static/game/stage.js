/** The part of the page on which images are shown: canvas, touch button, progress, words. */

/**
 * @param {Document} document
 * @param {object} options
 * @param {Record<string, string>} options.texts
 * @param {boolean} options.has_touch show the large button
 * @param {string} options.background
 */
export class Stage {
  constructor(document, { texts, has_touch, background }) {
    const make = (tag, className, parent) => {
      const element = document.createElement(tag);
      element.className = className;
      parent.append(element);
      return element;
    };
    this.document = document;
    this.element = make("section", "stage", document.body);
    this.element.id = "stage";
    this.element.setAttribute("role", "main"); // the page's own is hidden meanwhile
    this.element.setAttribute("aria-label", texts.stage_label);
    this.element.style.background = background;
    this.element.hidden = true;
    this.progress = make("div", "stage-progress", this.element);
    this.progress.setAttribute("role", "progressbar");
    this.progress.setAttribute("aria-label", texts.progress_label);
    this.bar = make("div", "stage-progress-bar", this.progress);
    this.field = make("div", "stage-field", this.element);
    this.canvas = make("canvas", "stage-canvas", this.field);
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", texts.image_label);
    this.message = make("p", "stage-message", this.field);
    this.message.setAttribute("role", "status");
    this.message.setAttribute("aria-live", "polite");
    this.touch = make("div", "stage-touch", this.element);
    this.touch.textContent = texts.touch_button;
    this.touch.hidden = !has_touch;
  }

  /** Show the stage instead of the page's other content. */
  open(isOpen) {
    this.element.hidden = !isOpen;
    for (const main of this.document.querySelectorAll("main")) main.hidden = isOpen;
  }

  /** The side of the largest square that fits, in CSS pixels. */
  room() {
    const { clientWidth, clientHeight } = this.field;
    const height = clientHeight - this.message.offsetHeight - 16; // and its margins
    return Math.max(1, Math.min(clientWidth, height));
  }

  /** What `room` will be when the stage is open. */
  roomWhenOpen() {
    if (!this.element.hidden) return this.room();
    const above = [...this.document.querySelectorAll(".banner")];
    const top = above.reduce((sum, banner) => sum + banner.offsetHeight, 0);
    this.element.classList.add("is-measured");
    this.element.style.top = `${top}px`;
    this.element.hidden = false;
    const room = this.room();
    this.element.hidden = true;
    this.element.style.top = "";
    this.element.classList.remove("is-measured");
    return room;
  }

  /** Say something below the image; an empty text takes it away. */
  say(text, kind = "") {
    this.message.textContent = text;
    this.message.dataset.kind = kind;
  }

  /** How far the game is, from 0 to 1. */
  advance(share) {
    this.bar.style.width = `${100 * share}%`;
    this.progress.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  }
}
