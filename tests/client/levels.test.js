import assert from "node:assert/strict";
import { test } from "node:test";

import { LevelImages } from "../../experiment/static/game/level-images.js";
import { levelAt, levelBefore, makeLevels } from "../../experiment/static/game/levels.js";
import { Images } from "../../experiment/static/game/images.js";
import { restPage } from "../../experiment/static/game/pages.js";
import { makeGame, makeTrials, runAll } from "./fake_game.js";
import { FakeWaiter } from "./fakes.js";

/** Two levels of three trials; the second is the test phase. */
const TRIALS = makeTrials(6).map((trial) => ({
  ...trial,
  level: trial.position < 3 ? 1 : 2,
  phase: trial.position < 3 ? "study" : "test",
  image_url: `/${trial.position}`,
}));

test("a run with rests is played in its levels, one without is a single stretch", () => {
  assert.deepEqual(makeLevels(TRIALS, "required"), [
    { number: 1, phase: "study", first: 0, end: 3 },
    { number: 2, phase: "test", first: 3, end: 6 },
  ]);
  assert.deepEqual(makeLevels(TRIALS, "none"), [{ number: 2, phase: "study", first: 0, end: 6 }]);
});

test("a rest is due where one level ends and the next begins, nowhere else", () => {
  const levels = makeLevels(TRIALS, "offered");
  const due = [0, 1, 2, 3, 4, 5, undefined].map((at) => levelBefore(levels, at)?.number);
  assert.deepEqual(due, [undefined, undefined, undefined, 1, undefined, undefined, undefined]);
  assert.equal(levelAt(levels, 2).number, 1);
  assert.equal(levelAt(levels, 3).number, 2);
  assert.equal(levelAt(levels, undefined), undefined);
});

test("a level ends after its last image, and the next one follows the rest without a pause", async () => {
  const game = makeGame({ trials: TRIALS });
  game.player.until(3);
  const first = await runAll(game, 10_000);
  assert.deepEqual(
    first.map(({ position, is_cut }) => [position, is_cut]),
    [0, 1, 2].map((position) => [position, false]),
  );
  assert.ok(game.frames.isIdle);
  assert.equal(game.player.paused_ms, null);
  game.frames.sleep(60_000); // a planned rest: no interruption, no dropped frames
  game.player.seek(3);
  game.player.until(6);
  const second = await runAll(game, game.frames.time + 10_000);
  assert.deepEqual(
    second.map(({ position, dropped_frames }) => [position, dropped_frames]),
    [3, 4, 5].map((position) => [position, 0]),
  );
});

test("a level's images are fetched once, from where it goes on, and another's not", async () => {
  const asked = [];
  const images = new Images(async () => ({ source: {} }));
  const fetcher = new LevelImages({
    trials: TRIALS,
    fetchImage: async (address) => (asked.push(address), "file"),
    images,
    waiter: new FakeWaiter(),
  });
  const [first, second] = makeLevels(TRIALS, "offered");
  assert.equal(fetcher.isThere(first), false);
  await Promise.all([fetcher.fetch(first, 1), fetcher.fetch(first, 1)]);
  assert.deepEqual(asked.sort(), ["/1", "/2"]);
  assert.equal(fetcher.isThere(first), true);
  assert.equal(fetcher.isThere(second), false);
  assert.equal(images.has(3), false);
});

test("a level is not there before its last image has come", async () => {
  let release = null;
  const slow = new Promise((resolve) => (release = resolve));
  const fetcher = new LevelImages({
    trials: TRIALS,
    fetchImage: async (address) => (address === "/2" ? slow : "file"),
    images: new Images(async () => ({ source: {} })),
    waiter: new FakeWaiter(),
  });
  const [first] = makeLevels(TRIALS, "offered");
  const fetching = fetcher.fetch(first, 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(fetcher.isThere(first), false);
  release("file");
  await fetching;
  assert.equal(fetcher.isThere(first), true);
});

test("of a thousand images few are decoded at a time, and none is kept after it was shown", async () => {
  let nOpen = 0;
  let most = 0;
  const images = new Images(async () => {
    nOpen += 1;
    most = Math.max(most, nOpen);
    return { source: { close: () => (nOpen -= 1) } };
  });
  for (let position = 0; position < 1000; position += 1) images.put(position, "file");
  const game = makeGame({ trials: makeTrials(1000, 100, 50), images });
  await runAll(game, 1000 * 151 + 5_000);
  assert.equal(game.screen.log.length, 1000);
  const onsets = game.screen.log.map(({ n_on }) => n_on);
  // Nothing was waited for: 150 ms are 9 frames at 60 Hz.
  for (let i = 1; i < onsets.length; i += 1) assert.equal(onsets[i] - onsets[i - 1], 9);
  assert.equal(most, 5); // the one on the screen and four ahead
  assert.equal(nOpen, 0);
  assert.ok(!Array.from({ length: 1000 }, (_, at) => images.has(at)).includes(true));
});

test("an image that comes during the rest is shown, though the level before looked ahead to it", async () => {
  const images = new Images(async () => ({ source: {} }));
  for (let position = 0; position < 3; position += 1) images.put(position, "file");
  const game = makeGame({ trials: TRIALS, images });
  game.player.until(3);
  await runAll(game, 10_000);
  for (let position = 3; position < 6; position += 1) images.put(position, "file");
  game.player.seek(3);
  game.player.until(6);
  await runAll(game, game.frames.time + 10_000);
  assert.equal(game.screen.log.length, 6);
  assert.ok(game.done.every(({ is_failed }) => !is_failed));
});

test("the page of a rest shows the score where there is one, and how to go on", () => {
  const texts = {
    rest_title: "Part {level} of {levels}",
    rest_score: "{hits} of {repeats}, {false_alarms} of {firsts}",
    rest_text: "Rest.",
    rest_may_stop: "Or stop.",
    test_instructions: "<p>Now the test.</p>",
  };
  const after = { score: null, may_stop: false, number: 1, n_levels: 2, phase: "test" };
  assert.equal(
    restPage(after, texts),
    '<h1>Part 1 of 2</h1><p>Rest.</p><div class="game-instructions"><p>Now the test.</p></div>',
  );
  const score = { hits: 3, repeats: 4, false_alarms: 1, firsts: 9 };
  assert.equal(
    restPage({ ...after, score, may_stop: true, phase: "game" }, texts),
    "<h1>Part 1 of 2</h1><p>3 of 4, 1 of 9</p><p>Rest.</p><p>Or stop.</p>",
  );
});
