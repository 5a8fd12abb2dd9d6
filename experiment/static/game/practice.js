/** The practice: a few drawings, some of which come back, with words after each. Nothing of it is kept. */

const ORDER = [
  "sun",
  "boat",
  "sun",
  "apple",
  "tree",
  "boat",
  "cup",
  "cup",
  "fish",
  "house",
  "apple",
  "flower",
];
const STIMULUS_MS = 1000;
const GAP_MS = 1400;

/**
 * The practice's trials.
 * @param {string} folder address of the drawings
 */
export function practiceTrials(folder) {
  return ORDER.map((name, position) => ({
    position,
    image_url: `${folder}/${name}.svg`,
    is_repeat: ORDER.indexOf(name) < position,
    stimulus_ms: STIMULUS_MS,
    gap_ms: GAP_MS,
  }));
}

/**
 * What to say of a trial.
 * @param {boolean} isRepeat
 * @param {boolean} hasKey
 * @returns {{key: string, kind: string}|null} name of the text and whether it praises
 */
export function feedback(isRepeat, hasKey) {
  if (isRepeat)
    return hasKey ? { key: "practice_hit", kind: "good" } : { key: "practice_miss", kind: "hint" };
  return hasKey ? { key: "practice_false_alarm", kind: "hint" } : null;
}

/**
 * How it went.
 * @param {{is_repeat: boolean}[]} trials
 * @param {Map<number, boolean>} keys position → whether there was a key
 */
export function summary(trials, keys) {
  const repeats = trials.filter((trial) => trial.is_repeat);
  return {
    repeats: repeats.length,
    hits: repeats.filter((trial) => keys.get(trial.position)).length,
    false_alarms: trials.filter((trial) => !trial.is_repeat && keys.get(trial.position)).length,
  };
}
