/** What is drawn into the canvas beside images: the cross to look at, and feedback, told apart by shape and not by colour alone. */

const GREEN = "#1f8a4c";
const RED = "#c62828";
const GREY = "#5a5a5a";
const LIGHT = "#ffffff";
// Lines through points, CSS pixels from the middle.
const TICK = [["-15 1", "-4 12", "16 -12"]];
const CROSS = [
  ["-12 -12", "12 12"],
  ["12 -12", "-12 12"],
];

/**
 * @typedef {object} Place
 * @property {number} side of the canvas, its own pixels
 * @property {number} ratio its pixels per CSS pixel
 * @property {string} background "#rrggbb"
 */

/** Black on light grounds, white on dark ones. */
export function inkOn(background) {
  const part = (at) => Number.parseInt(background.slice(at, at + 2), 16);
  const [red, green, blue] = [part(1), part(3), part(5)];
  return 0.299 * red + 0.587 * green + 0.114 * blue > 110 ? "#000000" : "#ffffff";
}

/** A small cross in the middle. @param {Place} place */
export function drawFixation(context, { side, ratio, background }) {
  const middle = Math.round(side / 2);
  const arm = Math.round(10 * ratio);
  const thick = Math.max(1, Math.round(2 * ratio));
  context.fillStyle = inkOn(background);
  context.fillRect(middle - arm, middle - Math.floor(thick / 2), 2 * arm, thick);
  context.fillRect(middle - Math.floor(thick / 2), middle - arm, thick, 2 * arm);
}

/**
 * Whether an answer was right.
 * @param {CanvasRenderingContext2D} context
 * @param {"symbol"|"border"|"off"} kind symbol: a green tick or a grey cross; border: unbroken green or broken red
 * @param {boolean} isCorrect
 * @param {Place} place
 */
export function drawMark(context, kind, isCorrect, place) {
  if (kind === "symbol") drawSymbol(context, isCorrect, place);
  if (kind === "border") drawBorder(context, isCorrect, place);
}

function drawSymbol(context, isCorrect, { side, ratio }) {
  const middle = side / 2;
  const radius = 32 * ratio;
  context.fillStyle = LIGHT;
  context.beginPath();
  context.arc(middle, middle, radius, 0, 2 * Math.PI);
  context.fill();
  context.strokeStyle = isCorrect ? GREEN : GREY;
  context.lineWidth = 7 * ratio;
  context.lineCap = "round";
  context.setLineDash([]);
  context.beginPath();
  for (const line of isCorrect ? TICK : CROSS) {
    for (const [index, point] of line.entries()) {
      const [x, y] = point.split(" ").map(Number);
      const to = [middle + x * ratio, middle + y * ratio];
      if (index === 0) context.moveTo(...to);
      else context.lineTo(...to);
    }
  }
  context.stroke();
}

function drawBorder(context, isCorrect, { side, ratio }) {
  const thick = 8 * ratio;
  context.strokeStyle = isCorrect ? GREEN : RED;
  context.lineWidth = thick;
  context.lineCap = "butt";
  context.setLineDash(isCorrect ? [] : [24 * ratio, 16 * ratio]);
  context.strokeRect(thick / 2, thick / 2, side - thick, side - thick);
  context.setLineDash([]);
}
