import assert from "node:assert/strict";
import { test } from "node:test";

import { Waiter } from "../../experiment/static/game/retry.js";
import { nextWork, PieceSize } from "../../experiment/static/uploads/batches.js";
import {
  fromDrop,
  fromInput,
  gathered,
  suggestedName,
} from "../../experiment/static/uploads/picking.js";
import {
  Announcer,
  Speed,
  duration,
  far,
  told,
} from "../../experiment/static/uploads/progress.js";
import { Sender, StoppedError } from "../../experiment/static/uploads/sender.js";

const LIMITS = { piece_bytes: 2 ** 20, bundle_files: 50, list_files: 40 };

/** A file of so many bytes, all alike, that may have gone away. */
function file(size, { byte = 7, isGone = false, lastModified = 1 } = {}) {
  return {
    size,
    lastModified,
    slice: (from, to) => ({
      arrayBuffer: async () => {
        if (isGone) throw new DOMException("gone", "NotReadableError");
        return new Uint8Array(Math.min(to, size) - from).fill(byte).buffer;
      },
    }),
  };
}

function folder(n, size = 1000) {
  return Array.from({ length: n }, (_, i) => ({
    path: `f/${String(i).padStart(5, "0")}.png`,
    file: file(size, { byte: i % 256 }),
  }));
}

const ok = (body) => ({ status: 200, body, retry_after_ms: 0 });
const no = (status, body) => ({ status, body, retry_after_ms: 0 });

/** What the server does, without a network; `weather(call)` may throw or answer in its place. */
class FakeServer {
  constructor(weather = () => undefined) {
    this.listed = new Map(); // key → {path, size, mark, content}
    this.weather = weather;
    this.calls = [];
    this.in_flight = 0;
    this.most_in_flight = 0;
  }

  get api() {
    const call = (name, does) => async (...given) => {
      this.calls.push(name);
      this.in_flight += 1;
      this.most_in_flight = Math.max(this.most_in_flight, this.in_flight);
      await new Promise((resolve) => setImmediate(resolve));
      this.in_flight -= 1;
      const instead = this.weather(name, this.calls.length, does.bind(this), given);
      return instead ?? does.call(this, ...given);
    };
    return {
      announce: call("announce", this.announce),
      bundle: call("bundle", this.bundle),
      piece: call("piece", this.piece),
    };
  }

  announce(files) {
    assert.ok(files.length <= LIMITS.list_files);
    return ok({
      files: files.map(({ path, size, mark }) => {
        const key = `key of ${path}`;
        const known = this.listed.get(key);
        if (known?.mark !== mark) this.listed.set(key, { path, size, mark, content: new Uint8Array() });
        const refused = path.endsWith(".huge") ? "too large" : null;
        return { key, received: this.listed.get(key).content.length, refused };
      }),
    });
  }

  bundle(parts) {
    assert.ok(parts.length <= LIMITS.bundle_files);
    for (const [key, content] of parts) this.listed.get(key).content = new Uint8Array(content);
    return ok({ stored: parts.map(([key]) => key), refused: {} });
  }

  piece(key, offset, content) {
    const one = this.listed.get(key);
    assert.ok(content.byteLength <= LIMITS.piece_bytes);
    if (one.content.length !== offset)
      return no(409, { message: "elsewhere", received: one.content.length });
    const whole = new Uint8Array(offset + content.byteLength);
    whole.set(one.content);
    whole.set(new Uint8Array(content), offset);
    one.content = whole;
    return ok({ received: one.content.length });
  }
}

/** Waits are short, and counted. */
function impatient() {
  const waiter = new Waiter((callback) => setImmediate(callback), clearImmediate);
  waiter.waits = [];
  const wait = waiter.wait.bind(waiter);
  waiter.wait = (ms) => (waiter.waits.push(ms), wait(ms));
  return waiter;
}

function makeSender(server, options = {}) {
  return new Sender({
    api: server.api,
    waiter: impatient(),
    limits: LIMITS,
    random: () => 0.5,
    ...options,
  });
}

/** Every file is on the server, byte by byte. */
function assertWhole(server, chosen) {
  for (const { path, file: one } of chosen) {
    const { content, size } = server.listed.get(`key of ${path}`);
    assert.equal(content.length, size, path);
    assert.ok(content.every((byte) => byte === content[0]));
    assert.equal(one.size, size);
  }
}

test("three thousand small files go in few requests, a few at a time", async () => {
  const server = new FakeServer();
  const chosen = folder(3000, 100);
  const sender = makeSender(server);
  await sender.send(chosen);
  assertWhole(server, chosen);
  assert.equal(server.calls.filter((name) => name === "announce").length, 75);
  assert.equal(server.calls.filter((name) => name === "bundle").length, 60);
  assert.equal(server.most_in_flight, 3);
  assert.deepEqual(
    [sender.status.files_sent, sender.status.bytes_sent, sender.status.bytes],
    [3000, 300_000, 300_000],
  );
});

test("a large file goes in pieces that follow each other", async () => {
  const server = new FakeServer();
  const chosen = [{ path: "all.zip", file: file(3_500_000) }];
  await makeSender(server).send(chosen);
  assertWhole(server, chosen);
  assert.equal(server.calls.filter((name) => name === "piece").length, 4); // of 1 MiB
});

test("what fails is tried again after longer and longer waits until it goes through", async () => {
  const fails = new Set([2, 3, 4, 5, 9]);
  const server = new FakeServer((name, n) => {
    if (fails.has(n) && n % 2) throw new TypeError("network");
    if (fails.has(n)) return no(503, { error: "database_unavailable" });
  });
  const waiter = impatient();
  const troubles = [];
  const sender = makeSender(server, {
    waiter,
    onChange: ({ has_trouble }) => troubles.push(has_trouble),
  });
  const chosen = folder(45);
  await sender.send(chosen);
  assertWhole(server, chosen);
  assert.ok(troubles.includes(true));
  assert.equal(troubles.at(-1), false);
  assert.deepEqual(waiter.waits.slice(0, 4), [350, 600, 1100, 2100]);
});

test("an answer that is lost leaves no file twice and none out", async () => {
  let n = 0;
  const server = new FakeServer((name, _, does, given) => {
    if (name === "announce" || (n += 1) % 2 === 0) return undefined;
    does(...given);
    throw new TypeError("the answer is lost");
  });
  const chosen = [...folder(30), { path: "g.zip", file: file(2_500_000) }];
  await makeSender(server).send(chosen);
  assertWhole(server, chosen);
});

test("after a reload only the rest is sent", async () => {
  const chosen = [...folder(100), { path: "z.zip", file: file(3_000_000) }];
  let n = 0;
  const server = new FakeServer((name) => {
    if (name !== "announce" && (n += 1) > 3) return no(401, { message: "sign in first" });
  });
  const first = makeSender(server);
  await assert.rejects(first.send(chosen), new StoppedError("sign in first"));
  assert.ok(first.status.bytes_sent > 0);
  const before = first.status.bytes_sent;
  server.weather = () => undefined;
  const again = makeSender(server);
  const seen = [];
  again.onChange = ({ bytes_sent }) => seen.push(bytes_sent);
  await again.send(chosen);
  assert.ok(Math.max(...seen.slice(0, 3)) >= before); // it begins where the first one ended
  assertWhole(server, chosen);
});

test("a file that was changed between two attempts is sent anew", async () => {
  const server = new FakeServer();
  await makeSender(server).send([{ path: "a.png", file: file(10, { byte: 1 }) }]);
  const changed = [{ path: "a.png", file: file(10, { byte: 2, lastModified: 2 }) }];
  await makeSender(server).send(changed);
  assert.equal(server.listed.get("key of a.png").content[0], 2);
});

test("a pause lets what is on its way arrive and sends nothing more until it ends", async () => {
  const server = new FakeServer();
  const sender = makeSender(server);
  const chosen = folder(1000);
  let isOver = false;
  sender.onChange = ({ files_sent, is_paused }) => {
    if (files_sent > 0 && !is_paused && server.calls.length < 35) sender.pause();
  };
  const sending = sender.send(chosen).then(() => (isOver = true));
  while (!sender.status.is_paused) await new Promise((resolve) => setImmediate(resolve));
  for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
  const calls = server.calls.length;
  for (let n = 0; n < 50; n += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(server.calls.length, calls);
  assert.equal(isOver, false);
  sender.onChange = () => {};
  sender.resume();
  await sending;
  assertWhole(server, chosen);
});

test("files that are refused or cannot be read are named, and the rest is sent", async () => {
  const server = new FakeServer();
  const chosen = [
    { path: "a.png", file: file(5) },
    { path: "gone.png", file: file(5, { isGone: true }) },
    { path: "gone.zip", file: file(900_000, { isGone: true }) },
    { path: "x.huge", file: file(5) },
  ];
  const sender = makeSender(server);
  await sender.send(chosen);
  assertWhole(server, chosen.slice(0, 1));
  assert.deepEqual(
    sender.status.refused.map(({ path }) => path).sort(),
    ["gone.png", "gone.zip", "x.huge"],
  );
  assert.deepEqual([sender.status.files, sender.status.files_sent], [1, 1]);
  assert.equal(sender.status.bytes, 5);
});

test("a proxy that takes less gets less, and one that takes nothing is named", async () => {
  const takes = (most) => (name, _, does, given) => {
    if (name === "announce") return undefined;
    const size = name === "piece" ? given[2].byteLength : 1000 * given[0].length;
    return size > most ? no(413, null) : undefined;
  };
  const server = new FakeServer(takes(300_000));
  const chosen = [...folder(60, 1000), { path: "z.zip", file: file(2_000_000) }];
  await makeSender(server).send(chosen);
  assertWhole(server, chosen);
  const sending = makeSender(new FakeServer(takes(0))).send(chosen);
  await assert.rejects(sending, /proxy before the server/);
});

test("requests grow while they are quick and shrink when they are slow or fail", () => {
  const size = new PieceSize(8 * 2 ** 20);
  assert.equal(size.bytes, 2 ** 20);
  size.note(2 ** 20, 500);
  assert.equal(size.bytes, 2 ** 21);
  size.note(1000, 10); // says nothing about a large one
  assert.equal(size.bytes, 2 ** 21);
  for (let n = 0; n < 9; n += 1) size.note(size.bytes, 500);
  assert.equal(size.bytes, 2 ** 23);
  size.note(2 ** 23, 30_000);
  assert.equal(size.bytes, 2 ** 22);
  for (let n = 0; n < 9; n += 1) size.fail();
  assert.equal(size.bytes, 2 ** 18);
});

test("a bundle holds no more than it may, and what has begun is no part of one", () => {
  const waiting = [10, 10, 10, 10, 90, 10].map((size, n) => ({ key: n, size, received: 0 }));
  const keys = (work) => [work.isBundle, ...work.files.map(({ key }) => key)];
  assert.deepEqual(keys(nextWork(waiting, 100, 3)), [true, 0, 1, 2]);
  assert.deepEqual(keys(nextWork(waiting, 100, 3)), [true, 3]);
  assert.deepEqual(keys(nextWork(waiting, 100, 3)), [false, 4]);
  waiting[0].received = 1;
  assert.deepEqual(keys(nextWork(waiting, 100, 3)), [false, 5]);
  assert.equal(nextWork(waiting, 100, 3), null);
});

/** A dropped file or folder, as the browser gives it: a hundred entries at a time. */
function entry(path, children) {
  const fullPath = `/${path}`;
  if (!children) return { isFile: true, fullPath, file: (resolve) => resolve({ name: path, size: 1 }) };
  return {
    isFile: false,
    fullPath,
    createReader: () => {
      const left = [...children];
      return { readEntries: (resolve) => resolve(left.splice(0, 100)) };
    },
  };
}

const dropped = (...entries) => ({
  items: entries.map((one) => ({ kind: "file", webkitGetAsEntry: () => one })),
  files: [],
});

test("every file of a dropped folder is found, also beyond the first hundred", async () => {
  const many = Array.from({ length: 250 }, (_, n) => entry(`sea/deep/${n}.png`));
  const top = entry("sea", [entry("sea/deep", many), entry("sea/.DS_Store"), entry("sea/a.png")]);
  const found = await fromDrop(dropped(top, entry("b.png")));
  assert.equal(found.length, 252);
  assert.deepEqual(gathered(found)[0].path, "b.png");
  assert.ok(found.some(({ path }) => path === "sea/deep/249.png"));
});

test("a folder of an input gives paths, and a path that is chosen again is taken once", () => {
  const files = [
    { name: "a.png", webkitRelativePath: "sea/a.png" },
    { name: "Thumbs.db", webkitRelativePath: "sea/Thumbs.db" },
    { name: "b.png", webkitRelativePath: "" },
  ];
  const chosen = gathered([...fromInput(files), ...fromInput(files.slice(0, 1))]);
  assert.deepEqual(chosen.map(({ path }) => path), ["b.png", "sea/a.png"]);
});

test("the name of a set is suggested by its folder or zip", () => {
  const named = (...paths) => suggestedName(paths.map((path) => ({ path })));
  assert.equal(named("Été à la mer/a.png", "Été à la mer/x/b.png"), "Ete_a_la_mer");
  assert.equal(named("photos 2026.ZIP", "manifest.csv"), "photos_2026");
  assert.equal(named("a.png", "b.png"), "");
  assert.equal(named("../x"), "");
});

test("how far it is, is said in words", () => {
  const status = { files: 3000, files_sent: 1203, bytes: 224_395_264, bytes_sent: 1_048_576 };
  assert.equal(far(status, 125_000), "1,203 of 3,000 files, 1 MB of 214 MB, about 2 minutes left");
  assert.equal(far({ ...status, is_paused: true }, 5), "1,203 of 3,000 files, 1 MB of 214 MB, paused");
  assert.equal(told(999), "999 bytes");
  assert.equal(duration(20_000), "less than a minute left");
  assert.equal(duration(3 * 3600_000), "about 3 hours left");
  const speed = new Speed();
  assert.equal(speed.left(100), null);
  speed.note(0, 0);
  speed.note(2000, 1000);
  assert.equal(speed.left(5000), 10_000);
});

test("who listens hears how far it is now and then", () => {
  const said = [];
  const announcer = new Announcer((text) => said.push(text));
  for (let ms = 0; ms <= 60_000; ms += 100) announcer.now_and_then(ms, `at ${ms}`);
  assert.deepEqual(said, ["at 0", "at 15000", "at 30000", "at 45000", "at 60000"]);
});
