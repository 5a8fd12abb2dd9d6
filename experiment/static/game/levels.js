/** The stretches of a run between two planned rests. */

/**
 * @typedef {object} Level
 * @property {number} number the level that this stretch ends with
 * @property {"game"|"study"|"test"} phase
 * @property {number} first its first position
 * @property {number} end the position after its last one
 */

/**
 * @param {{position: number, level: number, phase: string}[]} trials in the order of their positions
 * @param {"none"|"offered"|"required"} rests without rests the run is one stretch
 * @returns {Level[]}
 */
export function makeLevels(trials, rests) {
  const levels = [];
  for (const { position, level, phase } of trials) {
    const last = levels.at(-1);
    if (last && (rests === "none" || last.number === level)) {
      Object.assign(last, { number: level, end: position + 1 });
    } else {
      levels.push({ number: level, phase, first: position, end: position + 1 });
    }
  }
  return levels;
}

/** The level that a position lies in; undefined after the last. */
export function levelAt(levels, position) {
  return levels.find(({ end }) => position < end);
}

/** The level whose end is the beginning at this position; undefined within a level and before the first. */
export function levelBefore(levels, position) {
  const next = levels.findIndex(({ first }) => first === position);
  return levels[next - 1];
}
