/** The practice: a few drawings, some of which come back, with words after each. Nothing of it is kept. */

import { Images, decodeDrawing } from "./images.js";

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
const HINT_AFTER_MS = 1500; // when a repeat went by without a key

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

/** The practice on the game's stage, as often as the person likes. */
export class PracticeRound {
  #keys = new Map(); // position → whether there was a key
  #hint = null;

  /**
   * @param {import("./game.js").Game} game
   * @param {string} folder address of the drawings
   */
  constructor(game, folder) {
    this.game = game;
    this.trials = practiceTrials(folder);
    this.images = new Images(decodeDrawing);
    this.player = game.makePlayer(this.trials, this.images, {
      lead_ms: 800,
      beforeShow: (position) => {
        clearTimeout(this.#hint);
        game.stage.say("");
        if (!game.is_instant) this.#hint = setTimeout(() => this.#comment(position), HINT_AFTER_MS);
      },
      onTrial: ({ position, key }) => this.#keys.set(position, key !== null),
    });
    game.input.onPress((press) => {
      const position = this.player.current;
      if (position === null || !press.is_answer) return;
      this.#keys.set(position, true);
      this.#comment(position);
    });
  }

  /** A new round. */
  begin() {
    this.#keys.clear();
    for (const trial of this.trials) this.images.put(trial.position, trial.image_url);
    this.player.seek(0);
  }

  /** How the last round went. */
  get summary() {
    return summary(this.trials, this.#keys);
  }

  #comment(position) {
    const told = feedback(this.trials[position].is_repeat, this.#keys.get(position) === true);
    if (told) this.game.stage.say(this.game.texts[told.key], told.kind);
  }
}
