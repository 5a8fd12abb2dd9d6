import assert from "node:assert/strict";
import { test } from "node:test";

import { flush, makeGame, makeTrials, runAll } from "./fake_game.js";
import { seeded } from "./fakes.js";

// 600 ms are 36 frames at 60 Hz, 45 at 75, 72 at 120, and 86.4 at 144: the nearest whole number is 86.
for (const [hertz, expected] of [
  [60, 36],
  [75, 45],
  [120, 72],
  [144, 86],
]) {
  test(`an image of 600 ms is ${expected} frames at ${hertz} Hz`, async () => {
    const random = seeded(hertz);
    const game = makeGame({ hertz, n: 20, jitter: () => (random() - 0.5) * 0.1 * (1000 / hertz) });
    await runAll(game);
    assert.equal(game.screen.log.length, 20);
    for (const { n_on, n_off } of game.screen.log) assert.equal(n_off - n_on, expected);
  });

  test(`images follow each other by the whole number of frames nearest to 1,400 ms at ${hertz} Hz`, async () => {
    const game = makeGame({ hertz, n: 10 });
    await runAll(game);
    const onsets = game.screen.log.map(({ n_on }) => n_on);
    const nearest = Math.round(1400 / (1000 / hertz));
    for (let i = 1; i < onsets.length; i += 1) assert.equal(onsets[i] - onsets[i - 1], nearest);
  });
}

test("durations that are no whole number of frames are never off by more than half a frame", async () => {
  for (const hertz of [50, 59.94, 60, 75, 90, 100, 120, 144, 165, 240]) {
    for (const stimulus of [97, 150, 233, 600, 751]) {
      const game = makeGame({ hertz, trials: makeTrials(3, stimulus, 300) });
      await runAll(game, 10_000);
      for (const { onset, offset } of game.done) {
        assert.ok(
          Math.abs(offset - onset - stimulus) <= 500 / hertz + 1e-6,
          `${stimulus} ms at ${hertz} Hz: ${offset - onset}`,
        );
      }
    }
  }
});

test("a dropped frame within an image is counted and does not make it longer", async () => {
  const game = makeGame({ n: 3 });
  game.frames.dropped = new Set([40, 50, 51]); // the first image is up in frames 30 to 66
  await runAll(game);
  assert.equal(game.screen.log[0].n_off - game.screen.log[0].n_on, 36);
  assert.deepEqual(
    game.done.map((trial) => trial.dropped_frames),
    [3, 0, 0],
  );
});

test("an image whose last frame is dropped goes in the next one, and its times say so", async () => {
  const game = makeGame({ n: 2 });
  const first = 30; // 500 ms of empty screen at 60 Hz
  game.frames.dropped = new Set([first + 36]);
  await runAll(game);
  assert.equal(game.screen.log[0].n_on, first);
  assert.equal(game.screen.log[0].n_off - first, 37);
  assert.ok(Math.abs(game.done[0].offset - game.done[0].onset - 37 * (1000 / 60)) < 1e-6);
});

test("what was shown is kept before the image is drawn, in the frame that draws it", async () => {
  const game = makeGame({ n: 3 });
  await runAll(game);
  assert.deepEqual(
    game.shown.map(({ position, isUp }) => [position, isUp]),
    [
      [0, false],
      [1, false],
      [2, false],
    ],
  );
  assert.deepEqual(
    game.shown.map(({ at }) => at),
    game.done.map(({ onset }) => onset),
  );
});

test("a key in the gap belongs to the image before it, one at the next onset to the next", async () => {
  const game = makeGame({ n: 3 });
  const pressed = new Set();
  const at = (onset, ms, key) => (time) => {
    if (time < onset + ms || pressed.has(ms)) return;
    pressed.add(ms);
    game.press(onset + ms, key);
  };
  const onset = 1000 + 500;
  const todo = [
    at(onset, 601),
    at(onset, 1399.9),
    at(onset, 1400 + 1e-9),
    at(onset, 2 * 1400 + 149),
  ];
  await runAll(game, 10_000, (time) => todo.forEach((step) => step(time)));
  const [first, second, third] = game.done;
  assert.ok(Math.abs(first.rt_ms - 601) < 1e-6);
  assert.deepEqual(
    first.keys.map(({ at_ms }) => Math.round(at_ms * 10) / 10),
    [601, 1399.9],
  );
  assert.ok(second.rt_ms >= 0 && second.rt_ms < 0.01);
  assert.ok(Math.abs(third.rt_ms - 149) < 1e-6); // early, kept, and with its own image
});

test("a key that is delivered late goes to the image that its timestamp belongs to", async () => {
  const game = makeGame({ n: 2 });
  const onset = 1500;
  let isSent = false;
  await runAll(game, 10_000, (time) => {
    if (!isSent && time > onset + 1400 + 50) {
      isSent = true;
      game.press(onset + 1390); // 60 ms after it was pressed; the second image is up already
    }
  });
  assert.ok(Math.abs(game.done[0].rt_ms - 1390) < 1e-6);
  assert.equal(game.done[1].key, null);
});

test("the last image is shown and its key is taken", async () => {
  const game = makeGame({ n: 2 });
  let isSent = false;
  const results = await runAll(game, 10_000, (time) => {
    if (!isSent && time > 1500 + 1400 + 700) {
      isSent = true;
      game.press(1500 + 1400 + 700);
    }
  });
  assert.equal(results.length, 2);
  assert.equal(game.done.at(-1).key, " ");
  assert.ok(game.frames.isIdle);
});

test("whoever asks late gets every result and delays no image", async () => {
  const game = makeGame({ n: 6 });
  const results = [];
  (async () => {
    while (game.player.hasMore) {
      results.push(await game.player.play(game.player.position));
      const asked = game.frames.time;
      while (game.frames.time < asked + 1250) await new Promise((resolve) => setImmediate(resolve)); // a slow jsPsych
    }
  })();
  for (let time = game.frames.time; time < 15_000; time += 50) {
    game.frames.run(time);
    await new Promise((resolve) => setImmediate(resolve));
    await flush();
  }
  assert.deepEqual(
    results.map(({ position }) => position),
    [0, 1, 2, 3, 4, 5],
  );
  const onsets = game.screen.log.map(({ n_on }) => n_on);
  for (let i = 1; i < onsets.length; i += 1) assert.equal(onsets[i] - onsets[i - 1], 84);
});

test("an image that is not decoded yet makes the gap longer, whose keys still count", async () => {
  const game = makeGame({ n: 2 });
  game.images.late.add(1);
  let isSent = false;
  await runAll(game, 10_000, (time) => {
    if (!isSent && time > 1500 + 1600) {
      isSent = true;
      game.press(1500 + 1600);
    }
    if (time > 1500 + 1800) game.images.late.clear();
  });
  assert.ok(Math.abs(game.done[0].rt_ms - 1600) < 1e-6);
  assert.ok(game.done[1].onset - game.done[0].onset >= 1800);
  assert.equal(game.screen.log.length, 2);
});

test("an image that cannot be decoded is not shown, and its trial says so", async () => {
  const game = makeGame({ n: 3 });
  game.images.get = (position) => (position === 1 ? null : "image");
  await runAll(game);
  assert.equal(game.screen.log.length, 2);
  assert.deepEqual(
    game.done.map(({ is_failed }) => is_failed),
    [false, true, false],
  );
  assert.deepEqual(
    game.shown.map(({ position }) => position),
    [0, 2],
  );
});
