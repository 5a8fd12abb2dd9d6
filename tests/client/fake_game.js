/** A player with a screen, a keyboard and a clock that are not there. */

import { FrameClock } from "../../experiment/static/game/frames.js";
import { Input } from "../../experiment/static/game/input.js";
import { Player } from "../../experiment/static/game/player.js";
import { FakeFrames, FakeImages, FakeScreen } from "./fakes.js";

export function makeTrials(n, stimulus_ms = 600, gap_ms = 800) {
  return Array.from({ length: n }, (_, position) => ({ position, stimulus_ms, gap_ms }));
}

export function makeGame({
  hertz = 60,
  n = 5,
  trials = makeTrials(n),
  jitter,
  lead_ms = 500,
  images = new FakeImages(),
} = {}) {
  const frames = new FakeFrames(hertz, { jitter });
  const screen = new FakeScreen(frames);
  const now = () => frames.time;
  const keyboard = new EventTarget();
  const input = new Input({ keys: [" "], now, takes_untrusted: true });
  input.listen(keyboard, new EventTarget());
  const done = [];
  const shown = [];
  const clock = new FrameClock(1000 / hertz);
  const player = new Player({
    trials,
    frames,
    clock,
    screen,
    input,
    images,
    now,
    lead_ms,
    beforeShow: (position, at) => shown.push({ position, at, isUp: screen.isUp }),
    onTrial: (trial) => done.push(trial),
  });
  const press = (at, key = " ", more = {}) => {
    const event = new Event("keydown", { cancelable: true });
    Object.defineProperties(event, { timeStamp: { value: at }, key: { value: key } });
    keyboard.dispatchEvent(Object.assign(event, more));
  };
  return { frames, screen, images, player, done, shown, press, trials, input };
}

/** Ask for every trial as jsPsych does: the next when the one before is done. */
export async function ask(player) {
  const results = [];
  while (player.hasMore) results.push(await player.play(player.position));
  return results;
}

export async function flush() {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

export async function runAll(game, until = 60_000, before = () => {}) {
  const results = ask(game.player);
  for (let time = game.frames.time; time < until; time += 50) {
    game.frames.run(time, before);
    await flush();
  }
  return results;
}
