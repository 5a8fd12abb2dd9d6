/**
 * A jsPsych 8 plugin: one image of a continuous recognition game.
 *
 * All trials of a game share one player, which owns the clock, the canvas and the keyboard
 * listener; a trial asks it for its own image and ends when the next image comes up, because a key
 * in the gap belongs to the image before it. jsPsych's work between two trials therefore cannot
 * delay an image, and no key falls between two listeners.
 */

const VERSION = "1.0.0";

/**
 * The plugin's class.
 * @param {Record<string, any>} ParameterType jsPsych's own (`jsPsychModule.ParameterType`)
 */
export function continuousRecognition(ParameterType) {
  const info = {
    name: "continuous-recognition",
    version: VERSION,
    parameters: {
      /** 0-based place of the trial in its run. */
      position: { type: ParameterType.INT, default: undefined },
      /** Function that returns the player that the trials of a game share. */
      player: { type: ParameterType.FUNCTION, default: undefined },
    },
    data: {
      /** 0-based place of the trial in its run. */
      position: { type: ParameterType.INT },
      /** Whole ms from the onset to the first answer; null without one. */
      rt: { type: ParameterType.INT },
      /** The first answer key, or "touch" or "pointer"; null without one. */
      response: { type: ParameterType.STRING },
      /** The answer's own timestamp minus the onset frame's, in ms, not rounded. */
      rt_ms: { type: ParameterType.FLOAT },
      /** Every key from this onset to the next, with its time after the onset. */
      keys: {
        type: ParameterType.COMPLEX,
        array: true,
        nested: { key: { type: ParameterType.STRING }, at_ms: { type: ParameterType.FLOAT } },
      },
      /** Timestamp of the first frame with the image, in ms of `performance.now()`. */
      onset: { type: ParameterType.FLOAT },
      /** Timestamp of the first frame without it. */
      offset: { type: ParameterType.FLOAT },
      /** The screen's refresh interval as measured, in ms. */
      frame_ms: { type: ParameterType.FLOAT },
      /** Frames that were missed during the trial. */
      dropped_frames: { type: ParameterType.INT },
      /** The game was stopped before the trial's time was over. */
      is_cut: { type: ParameterType.BOOL },
    },
  };

  return class ContinuousRecognitionPlugin {
    static info = info;

    constructor(jsPsych) {
      this.jsPsych = jsPsych;
    }

    trial(displayElement, trial, onLoad = () => {}) {
      const player = trial.player();
      player.shown(trial.position).then(onLoad);
      return player.play(trial.position).then(trialData);
    }

    simulate(trial, mode, options, loadCallback) {
      const { pluginAPI, randomization } = this.jsPsych;
      const player = trial.player();
      const data = pluginAPI.mergeSimulationData(
        plausible(randomization, player.answer_key),
        options,
      );
      if ((data.response === null) !== (data.rt === null))
        Object.assign(data, { response: null, rt: null });
      if (mode === "data-only") {
        loadCallback();
        const played = player.imagine(trial.position, { key: data.response, rt_ms: data.rt });
        this.jsPsych.finishTrial(trialData(played));
        return undefined;
      }
      if (data.rt !== null) {
        player.shown(trial.position).then(() => pluginAPI.pressKey(data.response, data.rt));
      }
      return this.trial(this.jsPsych.getDisplayElement(), trial, loadCallback);
    }
  };
}

/** What somebody might do who remembers about every third image. */
function plausible(randomization, key) {
  const isKey = randomization.sampleBernoulli(0.35) === 1;
  const rt = Math.min(1300, randomization.sampleExGaussian(500, 60, 1 / 100, true));
  return { response: isKey ? key : null, rt: isKey ? Math.round(rt) : null };
}

/** A played trial under jsPsych's names. @param {import("./trial.js").PlayedTrial} played */
function trialData(played) {
  const { position, key, rt_ms, keys, onset, offset, frame_ms, dropped_frames, is_cut } = played;
  const rt = rt_ms === null ? null : Math.round(rt_ms);
  return {
    position,
    rt,
    response: key,
    rt_ms,
    keys,
    onset,
    offset,
    frame_ms,
    dropped_frames,
    is_cut,
  };
}
