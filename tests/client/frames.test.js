import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameClock, measureFrames, median } from "../../experiment/static/game/frames.js";
import { FakeFrames } from "./fakes.js";

test("the median of an even number of values is the lower middle one", () => {
  assert.equal(median([4, 1, 3, 2]), 2);
  assert.equal(median([5, 1, 3]), 3);
});

test("the refresh interval is measured, whatever was assumed before", async () => {
  for (const hertz of [60, 75, 120, 144]) {
    const frames = new FakeFrames(hertz);
    const measured = measureFrames(frames, 40);
    frames.run(3000);
    const clock = await measured;
    assert.ok(Math.abs(clock.frame_ms - 1000 / hertz) < 1e-6);
  }
});

test("dropped frames do not change the interval and are counted", () => {
  const clock = new FrameClock(10);
  let dropped = 0;
  let at = 0;
  for (let frame = 0; frame < 200; frame += 1) {
    at += frame % 10 === 9 ? 30 : 10; // two frames missed in every tenth step
    dropped += clock.tick(at).dropped;
  }
  assert.equal(clock.frame_ms, 10);
  assert.equal(dropped, 40);
});

test("a pause is no dropped frame", () => {
  const clock = new FrameClock(10);
  clock.tick(100);
  clock.rest();
  assert.deepEqual(clock.tick(5000), { step_ms: 0, dropped: 0 });
});

test("as many refreshes as come nearest to the plan are due, however the timestamps jitter", () => {
  const clock = new FrameClock(1000 / 144); // 600 ms are 86.4 frames
  const at = (frame, jitter) => 1000 + (frame + jitter) * (1000 / 144);
  assert.equal(clock.isDue(at(86, -0.4), 1000, 600), true);
  assert.equal(clock.isDue(at(85, 0.4), 1000, 600), false);
});

test("timestamps that are rounded to 0.1 ms give the interval without the rounding", () => {
  const clock = new FrameClock();
  for (let frame = 0; frame < 130; frame += 1) clock.tick(Math.round(frame * (10_000 / 144)) / 10);
  assert.ok(Math.abs(clock.frame_ms - 1000 / 144) < 0.002);
});
