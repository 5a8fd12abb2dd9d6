/** A jsPsych 8 plugin: the page does something that takes a while, and says how far it is. */

/** @param {Record<string, any>} ParameterType jsPsych's own */
export function task(ParameterType) {
  return class TaskPlugin {
    static info = {
      name: "task",
      version: "1.0.0",
      parameters: {
        /** What is being done, in words. */
        message: { type: ParameterType.STRING, default: undefined },
        /** Function that does it; gets {say, advance}; the trial ends with its promise. */
        work: { type: ParameterType.FUNCTION, default: undefined },
      },
      data: {
        /** Whole ms that it took. */
        rt: { type: ParameterType.INT },
      },
    };

    async trial(displayElement, trial, onLoad = () => {}) {
      const begun = performance.now();
      const document = displayElement.ownerDocument;
      const words = document.createElement("p");
      words.className = "task-message";
      words.setAttribute("role", "status");
      words.setAttribute("aria-live", "polite");
      words.textContent = trial.message;
      const progress = document.createElement("progress");
      progress.className = "task-progress";
      progress.max = 1;
      progress.setAttribute("aria-label", trial.message);
      progress.hidden = true;
      displayElement.replaceChildren(words, progress);
      onLoad();
      await trial.work({
        say: (text) => {
          if (words.textContent !== text) words.textContent = text;
        },
        advance: (share) => {
          progress.hidden = false;
          progress.value = share;
        },
      });
      return { rt: Math.round(performance.now() - begun) };
    }
  };
}
