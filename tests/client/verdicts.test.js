import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox } from "../../experiment/static/game/outbox.js";
import { Store } from "../../experiment/static/game/store.js";
import { Warnings } from "../../experiment/static/game/warnings.js";
import { ask, flush, makeGame, runAll } from "./fake_game.js";
import { FakeApi, FakeServer, FakeStorage, FakeWaiter, answer, response } from "./fakes.js";

test("told to stop, the game shows the image on the screen to its end and no further one", async () => {
  const game = makeGame({ n: 10 });
  let isTold = false;
  const results = await runAll(game, 20_000, (time) => {
    if (isTold || time < 1500 + 2 * 1400 + 200) return;
    isTold = true;
    game.player.stopAfterThis(); // 200 ms into the third image
  });
  assert.deepEqual(
    results.map(({ position, is_cut }) => [position, is_cut]),
    [0, 1, 2].map((position) => [position, false]),
  );
  assert.equal(game.screen.log.length, 3);
  assert.equal(game.player.hasMore, false);
  assert.equal(game.player.paused_ms, null);
  assert.ok(game.frames.isIdle);
});

test("told to stop before the first image, the game shows none", async () => {
  const game = makeGame({ n: 3 });
  const results = ask(game.player);
  game.frames.run(1200); // the empty screen before it
  game.player.stopAfterThis();
  game.frames.run(10_000);
  await flush();
  assert.deepEqual(await results, [{ ...(await results)[0], position: 0, is_cut: true }]);
  assert.equal(game.screen.log.length, 0);
  assert.equal(game.done.length, 0);
  assert.equal(game.player.hasMore, false);
});

test("a pause that waits for the image on the screen cuts no trial", async () => {
  const game = makeGame({ n: 4 });
  const asked = game.player.play(0);
  game.frames.run(1500 + 300);
  game.player.pauseAfterThis();
  game.frames.run(1500 + 1300);
  assert.equal(game.player.is_paused, false);
  game.frames.run(6000);
  assert.equal((await asked).is_cut, false);
  assert.equal(game.player.is_paused, true);
  assert.equal(game.screen.log.length, 1);
  await runAll(game, 20_000);
  assert.deepEqual(
    game.done.map(({ position, is_cut }) => [position, is_cut]),
    [0, 1, 2, 3].map((position) => [position, false]),
  );
});

test("what the server asks for beside a receipt is passed on, and every batch names the tab", async () => {
  const bodies = [];
  const api = {
    responses: async (body) => {
      bodies.push(body);
      const verdict = { action: "warn", warning: 7 };
      return answer(201, { stored: [0], known: [], conflicting: [], missing: [], verdict });
    },
  };
  const verdicts = [];
  const outbox = new Outbox({
    store: new Store(new FakeStorage(), "run"),
    api,
    waiter: new FakeWaiter(),
    tab: "tab-1",
    onVerdict: (verdict) => verdicts.push(verdict),
  });
  outbox.addResponse(response(0));
  await outbox.drain();
  assert.deepEqual(verdicts, [{ action: "warn", warning: 7 }]);
  assert.deepEqual(
    bodies.map(({ tab }) => tab),
    ["tab-1"],
  );
});

test("whoever stops at a rest says so when the run is finished", async () => {
  for (const stop of [true, false]) {
    const server = new FakeServer(0);
    const outbox = new Outbox({
      store: new Store(new FakeStorage(), "run"),
      api: new FakeApi(server),
      waiter: new FakeWaiter(),
    });
    assert.equal((await outbox.finish(stop)).state, "finished");
    assert.equal(server.was_stopped, stop);
  }
});

test("a warning is shown when the image is gone, for two seconds, and each only once", () => {
  const known = new Set();
  const run = {
    isNewWarning: (warning) => !known.has(warning) && Boolean(known.add(warning)),
    record: (...event) => recorded.push(event),
  };
  const recorded = [];
  const said = [];
  let timer = null;
  const warnings = new Warnings({
    run,
    stage: { say: (...words) => said.push(words) },
    text: "Please look.",
    setTimer: (callback, ms) => (timer = { callback, ms }),
  });
  warnings.show(100, 0);
  assert.deepEqual(said, []);
  warnings.notice(3);
  assert.deepEqual(said, []); // an image may be on the screen
  warnings.show(1500, 1);
  assert.deepEqual(said, [["Please look.", "warn"]]);
  assert.deepEqual(recorded, [["warning", 1500, { warning: 3 }, 1]]);
  assert.equal(timer.ms, 2000);
  timer.callback();
  assert.deepEqual(said.at(-1), [""]);
  warnings.notice(3);
  warnings.show(2900, 2);
  assert.equal(said.length, 2);
});
