import assert from "node:assert/strict";
import { test } from "node:test";

import { Images } from "../../experiment/static/game/images.js";
import { Api } from "../../experiment/static/game/network.js";
import { preload } from "../../experiment/static/game/preload.js";
import { feedback, practiceTrials, summary } from "../../experiment/static/game/practice.js";
import { Run } from "../../experiment/static/game/run.js";
import { Store } from "../../experiment/static/game/store.js";
import { escaped, filled, keyLabel } from "../../experiment/static/game/pages.js";
import { FakeStorage, FakeWaiter, answer } from "./fakes.js";

const CONFIG = {
  state: "created",
  n_trials: 10,
  next_position: 0,
  origin_epoch_ms: null,
  keys: [" "],
};

function makeRun({
  config = CONFIG,
  storage = new FakeStorage(),
  origin = 1_000_000,
  now = 500,
  start,
} = {}) {
  const sent = { responses: [], events: [], starts: [] };
  const outbox = {
    addResponse: (one) => sent.responses.push(one),
    addEvent: (one) => sent.events.push(one),
  };
  const api = {
    start: async (body) => (
      sent.starts.push(body),
      start ? start(body) : answer(200, { position: 0, interrupted: false })
    ),
  };
  const time = { now: () => now, origin };
  let n = 0;
  const run = new Run({
    config,
    api,
    outbox,
    time,
    store: new Store(storage, "run"),
    waiter: new FakeWaiter(),
    makeId: () => `id ${(n += 1)}`,
  });
  return { run, sent, storage };
}

const played = (position, onset, more = {}) => ({
  position,
  is_cut: false,
  is_failed: false,
  onset,
  offset: onset + 600,
  key: null,
  rt_ms: null,
  keys: [],
  frame_ms: 16.7,
  dropped_frames: 0,
  feedback_onset: null,
  had_focus: true,
  ...more,
});

test("times count from the first image", () => {
  const { run, sent } = makeRun();
  run.beforeShow(0, 2000);
  run.onTrial(played(0, 2000));
  run.beforeShow(1, 3400);
  run.onTrial(played(1, 3400));
  assert.deepEqual(
    sent.responses.map(({ onset_ms, offset_ms }) => [onset_ms, offset_ms]),
    [
      [0, 600],
      [1400, 2000],
    ],
  );
});

test("events from before the first image have negative times and are sent once it is known", () => {
  const { run, sent } = makeRun();
  run.record("blur", 1500);
  assert.equal(sent.events.length, 0);
  run.beforeShow(0, 2000);
  assert.deepEqual(
    sent.events.map(({ event, at_ms, position }) => [event, at_ms, position]),
    [["blur", -500, null]],
  );
});

test("after a reload the clock goes on, and the next position is the one after the last shown", async () => {
  const storage = new FakeStorage();
  const first = makeRun({ storage });
  first.run.beforeShow(0, 2000);
  first.run.beforeShow(1, 3400);
  const config = { ...CONFIG, state: "in_progress", next_position: 1, origin_epoch_ms: 999 };
  const { run, sent } = makeRun({
    storage,
    config,
    origin: 1_010_000,
    now: 300,
    start: () => answer(200, { position: 2, interrupted: true }),
  });
  assert.equal(run.is_new, false);
  assert.equal(run.next_position, 2);
  assert.equal(await run.start({}, () => {}), 2);
  assert.equal(sent.starts[0].last_shown, 1);
  assert.equal(sent.starts[0].origin_epoch_ms, 1_002_000);
  assert.equal(run.sinceFirst(300), 1_010_300 - 1_002_000);
});

test("a wall clock that was set back puts no image before one that was shown", () => {
  const storage = new FakeStorage();
  const first = makeRun({ storage });
  first.run.beforeShow(0, 2000);
  first.run.beforeShow(1, 3400); // 1400 ms after the first
  const config = { ...CONFIG, state: "in_progress", next_position: 2 };
  const { run } = makeRun({ storage, config, origin: 900_000, now: 300 });
  assert.ok(run.sinceFirst(300) > 1400);
  assert.equal(run.sinceFirst(400) - run.sinceFirst(300), 100);
});

test("where the browser remembers nothing the server's position and clock count", () => {
  const config = { ...CONFIG, state: "in_progress", next_position: 4, origin_epoch_ms: 1_000_000 };
  const { run } = makeRun({ config, origin: 1_020_000 });
  assert.equal(run.next_position, 4);
  assert.equal(run.last_shown, null);
  assert.equal(run.sinceFirst(0), 20_000);
});

test("a page that was loaded before another browser began takes over that browser's clock", async () => {
  const started = { position: 4, interrupted: true, origin_epoch_ms: 1_000_000 };
  const { run } = makeRun({ origin: 1_020_000, start: () => answer(200, started) });
  assert.equal(await run.start({}, () => {}), 4);
  run.beforeShow(4, 500);
  assert.equal(run.sinceFirst(500), 20_500);
});

test("the server is told when the first image is planned, and times count from when it came", async () => {
  const { run, sent } = makeRun({ origin: 1_000_000, now: 500 });
  await run.start({}, () => {}, 1500);
  assert.equal(sent.starts[0].origin_epoch_ms, 1_002_000);
  run.beforeShow(0, 2090);
  run.onTrial(played(0, 2090));
  assert.equal(sent.responses[0].onset_ms, 0);
});

test("the start is asked for until the server answers", async () => {
  const answers = [
    answer(503, null),
    answer(429, { error: "x" }),
    answer(200, { position: 0, interrupted: false }),
  ];
  const troubles = [];
  const { run } = makeRun({ start: () => answers.shift() });
  assert.equal(await run.start({}, (isTrouble) => troubles.push(isTrouble)), 0);
  assert.deepEqual(troubles, [true, true, false]);
});

test("a run that was finished elsewhere is not played on", async () => {
  const { run } = makeRun({ start: () => answer(409, { error: "run_finished", message: "" }) });
  assert.equal(await run.start({}, () => {}), null);
});

test("a level's end is told until the server answers, and its refusal strands nobody", async () => {
  const fine = { score: null, may_stop: true, verdict: { action: "go_on", warning: null } };
  const answers = [answer(503, null), answer(200, fine), answer(409, { error: "x" })];
  const { run } = makeRun();
  const asked = [];
  run.api.rest = async (body) => (asked.push(body), answers.shift());
  assert.deepEqual(await run.rest(2, () => {}), fine);
  assert.deepEqual(asked, [{ level: 2 }, { level: 2 }]);
  const refused = await run.rest(2, () => {});
  assert.deepEqual([refused.may_stop, refused.verdict.action], [false, "go_on"]);
});

test("a warning is new once, also after a reload", () => {
  const storage = new FakeStorage();
  const { run } = makeRun({ storage });
  assert.deepEqual([run.isNewWarning(1), run.isNewWarning(1), run.isNewWarning(2)], [true, false, true]);
  assert.equal(makeRun({ storage }).run.isNewWarning(2), false);
});

test("when feedback came up and whether the window was in front are sent with the response", () => {
  const { run, sent } = makeRun();
  run.beforeShow(0, 2000);
  run.onTrial(played(0, 2000, { feedback_onset: 2700, had_focus: false }));
  const [{ feedback_onset_ms, had_focus }] = sent.responses;
  assert.deepEqual([feedback_onset_ms, had_focus], [700, false]);
});

test("a trial that was cut short is an event and no response", () => {
  const { run, sent } = makeRun();
  run.beforeShow(0, 2000);
  run.onTrial(played(0, 2000, { is_cut: true, offset: 2300, keys: [{ key: " ", at_ms: 200 }] }));
  assert.deepEqual(sent.responses, []);
  const [{ event, position, detail }] = sent.events;
  assert.deepEqual([event, position], ["trial_cut", 0]);
  assert.deepEqual(detail, { onset_ms: 0, offset_ms: 300, keys: '[{"key":" ","at_ms":200}]' });
});

test("images are fetched again until they come, and progress is told", async () => {
  let n = 0;
  const fetchImage = async (address) => {
    n += 1;
    if (n % 3 === 0) throw new TypeError("Failed to fetch");
    return `blob of ${address}`;
  };
  const images = new Images(async () => ({ source: {} }));
  const trials = Array.from({ length: 20 }, (_, position) => ({
    position,
    image_url: `/${position}`,
  }));
  const progress = [];
  await preload(trials, {
    fetchImage,
    images,
    waiter: new FakeWaiter(),
    onProgress: (nDone, nAll) => progress.push([nDone, nAll]),
  });
  assert.ok(trials.every(({ position }) => images.has(position)));
  assert.deepEqual(progress.at(-1), [20, 20]);
});

test("an image that the server does not have is asked for once, and its trial cannot be shown", async () => {
  const asked = [];
  const answers = {
    // A network that wants to be signed in to answers first.
    "/0": [new Response("<h1>Please sign in</h1>", { status: 404 }), new Response("pixels")],
    "/1": [new Response('{"error": "not_found", "message": "its file is gone"}', { status: 404 })],
    "/2": [new Response("pixels")],
  };
  const api = new Api("/run", async (address) => {
    asked.push(address);
    return answers[address].shift();
  });
  const images = new Images(async () => ({ source: {} }));
  const trials = [0, 1, 2].map((position) => ({ position, image_url: `/${position}` }));
  const progress = [];
  await preload(trials, {
    fetchImage: (address) => api.image(address),
    images,
    waiter: new FakeWaiter(),
    onProgress: (nDone) => progress.push(nDone),
  });
  assert.deepEqual(
    trials.map(({ position }) => images.has(position)),
    [true, false, true],
  );
  assert.deepEqual(asked.sort(), ["/0", "/0", "/1", "/2"]);
  assert.equal(progress.at(-1), 3);
  images.prepare(1);
  assert.equal(images.get(1), null);
});

test("few images are decoded at a time, and shown ones are let go of", async () => {
  let nOpen = 0;
  const decode = async () => {
    nOpen += 1;
    return { source: { close: () => (nOpen -= 1) } };
  };
  const images = new Images(decode);
  for (let position = 0; position < 100; position += 1) images.put(position, "file");
  for (let position = 0; position < 100; position += 1) {
    images.prepare(position);
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(images.get(position));
    assert.ok(nOpen <= 4);
    images.release(position);
  }
  assert.equal(nOpen, 0);
});

test("an image that cannot be decoded is null, not awaited for ever", async () => {
  const images = new Images(async () => Promise.reject(new Error("damaged")));
  images.put(0, "file");
  images.prepare(0);
  assert.equal(images.get(0), undefined);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(images.get(0), null);
});

test("the practice has repeats, and words for every case but the right silence", () => {
  const trials = practiceTrials("/practice");
  assert.ok(trials.length >= 10 && trials.length <= 12);
  const repeats = trials.filter((trial) => trial.is_repeat);
  assert.equal(repeats.length, 4);
  assert.equal(trials[0].is_repeat, false);
  assert.equal(feedback(true, true).key, "practice_hit");
  assert.equal(feedback(true, false).key, "practice_miss");
  assert.equal(feedback(false, true).key, "practice_false_alarm");
  assert.equal(feedback(false, false), null);
  const keys = new Map([
    [0, true],
    [2, true],
  ]); // a new one and the sun's repeat
  assert.deepEqual(summary(trials, keys), { repeats: 4, hits: 1, false_alarms: 1 });
});

test("texts are filled and cannot become markup", () => {
  assert.equal(filled("{hits} of {repeats}, {other}", { hits: 1, repeats: 4 }), "1 of 4, {other}");
  assert.equal(escaped('<b>&"'), "&#60;b&#62;&#38;&#34;");
  assert.equal(keyLabel([" "], { key_space: "the space bar" }), "the space bar");
  assert.equal(keyLabel(["r"], {}), "R");
});
