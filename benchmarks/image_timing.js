/**
 * The page of benchmarks/image_timing.py: one plugin shows images, and an observer that knows
 * nothing of either plugin writes down in which frames an image could be seen.
 */

import { browserFrames, measureFrames } from "/game/frames.js";
import { Images, decodeBlob } from "/game/images.js";
import { Input } from "/game/input.js";
import { Player } from "/game/player.js";
import { continuousRecognition } from "/game/plugin-continuous-recognition.js";
import { Screen } from "/game/screen.js";
import { Stage } from "/game/stage.js";

const query = new URLSearchParams(location.search);
const N_TRIALS = Number(query.get("trials"));
const N_IMAGES = Number(query.get("images") ?? 20);
const STIMULUS_MS = Number(query.get("stimulus_ms"));
const GAP_MS = Number(query.get("gap_ms") ?? 250);
const SIZE_PX = 512;

const addresses = Array.from({ length: N_TRIALS }, (_, trial) => `/image/${trial % N_IMAGES}.png`);
const result = { images: [], steps: [], begun: false, done: false };
globalThis.result = result;

/**
 * Look at what a frame will paint, in the frames that may paint something new: after an element was
 * added, removed or changed, an image file came, or something was drawn into a canvas. The look
 * itself is the callback of a ResizeObserver, which runs after all requestAnimationFrame callbacks
 * of a frame and its layout, directly before it is painted: a change that a timer makes later
 * belongs to the next frame. In every other frame the observer only notes the time.
 */
function observe() {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  // Outside of the body, whose changes are watched.
  const ruler = document.documentElement.appendChild(document.createElement("div"));
  ruler.style.cssText = "position: fixed; left: 0; top: 0; height: 0; width: 0";
  let nChanges = 0;
  const mayHaveChanged = () => {
    nChanges += 1;
    ruler.style.width = `${nChanges % 1000}px`;
  };
  new MutationObserver(mayHaveChanged).observe(document.body, {
    attributes: true,
    childList: true,
    subtree: true,
  });
  document.body.addEventListener("load", mayHaveChanged, { capture: true });
  for (const name of ["drawImage", "fillRect", "clearRect", "putImageData"]) {
    const real = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function watched(...how) {
      if (this !== probe) mayHaveChanged();
      return real.apply(this, how);
    };
  }
  const isSeen = () => {
    for (const element of document.querySelectorAll("canvas, img")) {
      if (!element.checkVisibility({ visibilityProperty: true }) || !element.width) continue;
      probe.clearRect(0, 0, 1, 1);
      probe.drawImage(element, element.width / 2, element.height / 2, 1, 1, 0, 0, 1, 1);
      const [red, green, blue, alpha] = probe.getImageData(0, 0, 1, 1).data;
      if (alpha > 0 && !(red === 128 && green === 128 && blue === 128)) return true;
    }
    return false;
  };
  let frame = 0;
  let wasSeen = false;
  new ResizeObserver(() => {
    const seen = isSeen();
    if (seen && !wasSeen) result.images.push({ onset: frame, offset: null });
    if (!seen && wasSeen) result.images.at(-1).offset = frame;
    wasSeen = seen;
  }).observe(ruler);
  const step = (at) => {
    if (frame) result.steps.push(at - frame);
    frame = at;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function stock(jsPsych) {
  const image = {
    type: window.jsPsychImageKeyboardResponse,
    stimulus: jsPsych.timelineVariable("stimulus"),
    choices: "NO_KEYS",
    response_ends_trial: false,
    stimulus_duration: STIMULUS_MS,
    trial_duration: STIMULUS_MS + GAP_MS,
  };
  const ready = new Promise((resolve) =>
    jsPsych.pluginAPI.preloadImages([...new Set(addresses)], resolve),
  );
  return ready.then(() => [
    { timeline: [image], timeline_variables: addresses.map((stimulus) => ({ stimulus })) },
  ]);
}

async function ours() {
  const texts = { stage_label: "", progress_label: "", image_label: "", touch_button: "" };
  const background = "#808080";
  const stage = new Stage(document, { texts, has_touch: false, background });
  const now = () => performance.now();
  stage.open(true);
  const screen = new Screen({
    canvas: stage.canvas,
    room: () => stage.room(),
    size_px: SIZE_PX,
    background,
    pixelRatio: () => devicePixelRatio,
  });
  const images = new Images(decodeBlob);
  for (const [position, address] of addresses.entries())
    images.put(position, await (await fetch(address)).blob());
  const trials = addresses.map((_, position) => ({
    position,
    stimulus_ms: STIMULUS_MS,
    gap_ms: GAP_MS,
  }));
  const input = new Input({ keys: [" "], now });
  input.listen(window, stage.element);
  const clock = await measureFrames(browserFrames);
  const player = new Player({
    trials,
    frames: browserFrames,
    clock,
    screen,
    input,
    images,
    now,
  });
  const image = {
    type: continuousRecognition(window.jsPsychModule.ParameterType),
    position: () => player.position,
    player: () => player,
  };
  return [{ timeline: [image], loop_function: () => player.hasMore }];
}

const jsPsych = window.jsPsychModule.initJsPsych({ display_element: "jspsych-target" });
const timeline = query.get("plugin") === "ours" ? await ours() : await stock(jsPsych);
observe();
result.begun = true;
await jsPsych.run(timeline);
result.done = true;
