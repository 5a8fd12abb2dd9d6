/** How large things are on this screen, from a bank card that is held against it. */

const CARD_CM = { width: 8.56, height: 5.398 }; // ISO/IEC 7810 ID-1
const TYPICAL_CARD_PX = 323; // at 96 pixels to the inch, which few screens have exactly

/** CSS pixels per cm. @param {number} card_px width of a bank card, CSS pixels */
export function pixelsPerCm(card_px) {
  return card_px / CARD_CM.width;
}

/**
 * Length on the screen of a visual angle that is looked at straight on: 2 · distance · tan(angle / 2).
 * @param {number} degrees
 * @param {number} distance_cm from eye to screen
 * @param {number} px_per_cm
 * @returns {number} CSS pixels
 */
export function angleInPixels(degrees, distance_cm, px_per_cm) {
  return 2 * distance_cm * Math.tan((degrees * Math.PI) / 360) * px_per_cm;
}

/** What is kept of a calibration. */
export function calibration(card_px, { distance_cm }, pixelRatio) {
  const px_per_cm = pixelsPerCm(card_px);
  return {
    card_px,
    px_per_cm,
    px_per_degree: angleInPixels(1, distance_cm, px_per_cm),
    distance_cm,
    device_pixel_ratio: pixelRatio,
  };
}

/**
 * The longest side of images in CSS pixels. After the browser's zoom was changed, a CSS pixel has
 * another size: what was measured then is converted.
 */
export function calibratedSize({ px_per_cm, device_pixel_ratio: then }, display, pixelRatio) {
  const px_per_cm_now = (px_per_cm * then) / pixelRatio;
  return angleInPixels(display.size_deg, display.distance_cm, px_per_cm_now);
}

/**
 * Let the slider in a part of the page set the width of the card drawn there.
 * @param {Element} root holds `input[type=range]` and `.card`
 * @param {number|undefined} before width at an earlier calibration
 * @param {(card_px: number) => void} onChange told the width at once, and whenever it changes
 */
export function watchCard(root, before, onChange) {
  const slider = root.querySelector("input[type=range]");
  const card = root.querySelector(".card");
  slider.value = String(before ?? TYPICAL_CARD_PX);
  const follow = () => {
    const width = Number(slider.value);
    card.style.width = `${width}px`;
    card.style.height = `${(width * CARD_CM.height) / CARD_CM.width}px`;
    onChange(width);
  };
  slider.addEventListener("input", follow);
  follow();
}
