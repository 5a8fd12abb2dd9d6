import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox } from "../../experiment/static/game/outbox.js";
import { Store } from "../../experiment/static/game/store.js";
import { FakeApi, FakeServer, FakeStorage, FakeWaiter, answer, response, seeded } from "./fakes.js";

function makeOutbox({
  n = 20,
  weather,
  storage = new FakeStorage(),
  server = new FakeServer(n),
  random = seeded(1),
} = {}) {
  const api = new FakeApi(server, weather);
  const reports = [];
  const failures = [];
  const store = new Store(storage, "run", (reason) => failures.push(reason));
  const waiter = new FakeWaiter();
  let nEvents = 0;
  const outbox = new Outbox({
    tab: "this",
    store,
    api,
    waiter,
    random,
    report: (event, position, detail) => {
      reports.push({ event, position, detail });
      outbox.addEvent(makeEvent(`report ${(nEvents += 1)}`, event));
    },
  });
  return { outbox, api, server, storage, store, reports, failures, waiter };
}

function makeEvent(event_id, event = "blur") {
  return { event_id, event, position: null, at_ms: 1, detail: {} };
}

/** `texts` of what was stored are those of the responses 0 … n - 1, each inserted once. */
function assertWhole(server, responses) {
  assert.deepEqual(
    [...server.stored.keys()].sort((a, b) => a - b),
    responses.map(({ position }) => position),
  );
  for (const one of responses) assert.equal(server.stored.get(one.position), JSON.stringify(one));
  assert.equal(new Set(server.insertions).size, server.insertions.length);
  assert.deepEqual(server.conflicts, []);
}

test("a response is in storage before adding it returns, and leaves when it is acknowledged", async () => {
  const { outbox, storage } = makeOutbox();
  outbox.addResponse(response(0));
  assert.deepEqual(JSON.parse(storage.getItem("hitrate:run:response:0")), response(0));
  await outbox.drain();
  assert.equal(storage.length, 0);
});

test("an answer that never came is no acknowledgement", async () => {
  let n = 0;
  const { outbox, server, storage } = makeOutbox({
    weather: () => ((n += 1) === 1 ? "answer lost" : "fine"),
  });
  outbox.addResponse(response(0));
  while (n === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(storage.length, 1);
  await outbox.drain();
  assert.equal(storage.length, 0);
  assert.deepEqual(server.insertions, [0]);
});

for (let seed = 0; seed < 60; seed += 1) {
  test(`in weather ${seed} nothing is lost and nothing double`, async () => {
    const random = seeded(seed);
    const badness = random();
    let storm = 0;
    const weather = () => {
      if (storm > 0) storm -= 1;
      else if (random() < 0.1 * badness) storm = Math.floor(random() * 8);
      if (storm > 0 || random() < 0.3 * badness) {
        const kinds = [
          "lost",
          "answer lost",
          answer(503, null),
          answer(502, { error: "x" }),
          answer(429, { error: "too_many_requests" }, 2000),
          answer(200, null),
          answer(302, null),
          answer(403, null),
          answer(409, { error: "run_not_started", message: "" }),
        ];
        return kinds[Math.floor(random() * kinds.length)];
      }
      return "fine";
    };
    const n = 5 + Math.floor(random() * 80);
    const server = new FakeServer(n);
    server.limit = random() < 0.3 ? 3 : 200;
    const storage = new FakeStorage();
    let { outbox, waiter } = makeOutbox({ weather, storage, server, random });
    const responses = [];
    const eventIds = [];
    for (let position = 0; position < n; position += 1) {
      const one = response(position, random() < 0.5 ? { key: " ", rt_ms: 1000 * random() } : {});
      responses.push(one);
      outbox.addResponse(one);
      if (random() < 0.2) {
        eventIds.push(`event ${position}`);
        outbox.addEvent(makeEvent(`event ${position}`));
      }
      if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
      if (random() < 0.05) {
        waiter.stop(); // the page is loaded again
        ({ outbox, waiter } = makeOutbox({ weather, storage, server, random }));
      }
    }
    const end = await outbox.finish();
    assert.equal(end.state, "finished");
    assertWhole(server, responses);
    for (const id of eventIds) assert.ok(server.events.has(id));
    assert.equal(storage.length, 0);
    assert.equal(server.lost.size, 0);
  });
}

test("a conflict acknowledges: it is not sent again", async () => {
  const { outbox, server } = makeOutbox();
  server.stored.set(0, "something else");
  outbox.addResponse(response(0));
  await outbox.drain();
  assert.equal(server.conflicts.length, 1);
  assert.equal(outbox.status.waiting, 0);
});

test("a batch that is too large is sent in parts", async () => {
  const { outbox, server } = makeOutbox();
  server.limit = 2;
  const responses = Array.from({ length: 15 }, (_, position) => response(position));
  for (const one of responses) outbox.addResponse(one);
  await outbox.drain();
  assertWhole(server, responses);
});

test("a response that the server refuses is kept aside and reported, and the others arrive", async () => {
  const { outbox, server, store, reports } = makeOutbox({ n: 12 });
  server.refused = new Set([3, 7]);
  const responses = Array.from({ length: 12 }, (_, position) => response(position));
  for (const one of responses) outbox.addResponse(one);
  await outbox.drain();
  assertWhole(
    server,
    responses.filter(({ position }) => !server.refused.has(position)),
  );
  assert.deepEqual(store.get("refused:3"), response(3));
  assert.deepEqual(
    reports.map(({ event, position }) => [event, position]),
    [
      ["response_refused", 3],
      ["response_refused", 7],
    ],
  );
  assert.equal(reports[0].detail.reason, "position 3");
  assert.deepEqual((await outbox.finish()).state, "finished");
  assert.deepEqual([...server.lost], [3, 7]);
  assert.ok(server.n_requests < 60);
});

test("a response that the server neither stores nor refuses is given up after a while", async () => {
  const deaf = () => answer(200, { stored: [], known: [], conflicting: [], missing: [] });
  const { outbox, api, reports } = makeOutbox();
  api.responses = async () => deaf();
  outbox.addResponse(response(0));
  await outbox.drain();
  assert.equal(reports[0].event, "response_refused");
});

test("the server's wish to be left alone for a while is followed", async () => {
  let n = 0;
  const { outbox, waiter } = makeOutbox({
    weather: () => ((n += 1) === 1 ? answer(429, { error: "x" }, 7000) : "fine"),
  });
  outbox.addResponse(response(0));
  await outbox.drain();
  assert.ok(waiter.waits.some((ms) => ms >= 7000));
});

test("the waits grow while the server does not answer, up to a limit", async () => {
  let n = 0;
  const { outbox, waiter } = makeOutbox({
    weather: () => ((n += 1) <= 12 ? "lost" : "fine"),
    random: () => 0.999,
  });
  outbox.addResponse(response(0));
  await outbox.drain();
  const waits = waiter.waits.filter((ms) => ms !== 3000); // without the gathering of a batch
  assert.equal(waits.length, 12);
  assert.ok(waits[0] < 700);
  for (let i = 1; i < 6; i += 1) assert.ok(waits[i] > 1.5 * waits[i - 1]);
  assert.ok(Math.max(...waits) <= 20_200);
});

test("a run that the server does not know ends the sending", async () => {
  const { outbox } = makeOutbox({
    weather: () => answer(404, { error: "not_found", message: "no such run" }),
  });
  outbox.addResponse(response(0));
  assert.deepEqual(await outbox.finish(), { state: "gone" });
});

test("what the server lost after acknowledging it is sent again", async () => {
  const { outbox, server } = makeOutbox({ n: 3 });
  for (let position = 0; position < 3; position += 1) outbox.addResponse(response(position));
  await outbox.drain();
  server.stored.delete(1); // restored from a backup
  server.insertions = [0, 2];
  assert.equal((await outbox.finish()).state, "finished");
  assertWhole(server, [response(0), response(1), response(2)]);
});

test("what nobody has any more is declared lost, and the run ends", async () => {
  const { outbox, server } = makeOutbox({ n: 4 });
  outbox.addResponse(response(0));
  outbox.addResponse(response(3));
  assert.equal((await outbox.finish()).state, "finished");
  assert.deepEqual([...server.lost], [1, 2]);
});

test("a server that insists on what it cannot get does not hold the participant for ever", async () => {
  const { outbox, server } = makeOutbox({ n: 2 });
  outbox.addResponse(response(0));
  server.finish = () => answer(409, { error: "responses_missing", message: "no", missing: [1] });
  assert.equal((await outbox.finish()).state, "stuck");
});

test("with a full storage responses stay in memory, arrive, and the failure is told once", async () => {
  const { outbox, server, failures } = makeOutbox({ storage: new FakeStorage(500) });
  const responses = Array.from({ length: 10 }, (_, position) => response(position));
  for (const one of responses) outbox.addResponse(one);
  await outbox.drain();
  assertWhole(server, responses);
  assert.deepEqual(failures, ["QuotaExceededError"]);
});

test("without any storage responses arrive all the same", async () => {
  const server = new FakeServer(3);
  const store = new Store(null, "run");
  const outbox = new Outbox({ store, api: new FakeApi(server), waiter: new FakeWaiter() });
  for (let position = 0; position < 3; position += 1) outbox.addResponse(response(position));
  assert.equal((await outbox.finish()).state, "finished");
  assertWhole(server, [response(0), response(1), response(2)]);
});

test("what waited before a reload is sent after it", async () => {
  const storage = new FakeStorage();
  const before = makeOutbox({ storage, weather: () => "lost" });
  before.outbox.addResponse(response(0));
  before.outbox.addEvent(makeEvent("e1"));
  before.waiter.stop();
  const after = makeOutbox({ storage });
  await after.outbox.drain();
  assertWhole(after.server, [response(0)]);
  assert.ok(after.server.events.has("e1"));
});

test("another run's entries are left alone", () => {
  const storage = new FakeStorage();
  storage.setItem("hitrate:other:response:0", JSON.stringify(response(0)));
  const { outbox, store } = makeOutbox({ storage });
  assert.equal(outbox.status.waiting, 0);
  store.clear();
  assert.equal(storage.length, 1);
});

test("a page that goes away sends what waits once more and keeps it", () => {
  const { outbox, api, storage, waiter } = makeOutbox({ weather: () => "lost" });
  waiter.stop();
  outbox.addResponse(response(0));
  outbox.part();
  assert.deepEqual(api.parted, [{ tab: "this", responses: [response(0)], events: [] }]);
  assert.equal(storage.length, 1);
});
