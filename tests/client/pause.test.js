import assert from "node:assert/strict";
import { test } from "node:test";

import { makeGame, runAll } from "./fake_game.js";

test("a pause takes the image away, cuts its trial, and the next image comes after it", async () => {
  const game = makeGame({ n: 3 });
  const results = [];
  const first = game.player.play(0).then((trial) => results.push(trial));
  game.frames.run(1500 + 300);
  game.player.pause(1800);
  await first;
  assert.ok(results[0].is_cut);
  assert.equal(game.screen.isUp, false);
  assert.equal(results[0].offset, 1800);
  assert.ok(game.frames.isIdle);
  game.frames.sleep(4000);
  assert.equal(game.player.paused_ms, 4000);
  assert.equal(game.player.position, 1);
  await runAll(game, 20_000);
  assert.equal(game.player.paused_ms, null);
  assert.deepEqual(
    game.done.map(({ position, is_cut }) => [position, is_cut]),
    [
      [0, true],
      [1, false],
      [2, false],
    ],
  );
});

test("a pause before the first image skips none", async () => {
  const game = makeGame({ n: 2 });
  const asked = game.player.play(0);
  game.frames.run(1200);
  game.player.pause();
  assert.ok((await asked).is_cut);
  assert.equal(game.done.length, 0);
  assert.equal(game.player.position, 0);
  await runAll(game, 10_000);
  assert.deepEqual(
    game.done.map(({ position }) => position),
    [0, 1],
  );
});

test("a machine that slept has paused the game when it was last awake", async () => {
  const game = makeGame({ n: 3 });
  const asked = game.player.play(0);
  game.frames.run(1500 + 1000);
  const last = game.frames.time;
  game.frames.sleep(60_000);
  game.frames.run(game.frames.time + 100);
  const trial = await asked;
  assert.ok(trial.is_cut);
  assert.ok(game.player.paused_ms >= 60_000);
  assert.ok(Math.abs(game.frames.time - game.player.paused_ms - last) < 100);
});

test("going on at a position shows that one first", async () => {
  const game = makeGame({ n: 6 });
  game.player.seek(4);
  const results = await runAll(game);
  assert.deepEqual(
    results.map(({ position }) => position),
    [4, 5],
  );
  game.player.seek(Infinity);
  assert.equal(game.player.hasMore, false);
});
