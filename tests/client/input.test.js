import assert from "node:assert/strict";
import { test } from "node:test";

import { Input, answer, eventTime } from "../../experiment/static/game/input.js";

function makeInput(keys = [" "], more = {}) {
  const keyboard = new EventTarget();
  const stage = new EventTarget();
  const input = new Input({ keys, now: () => 10_000, takes_untrusted: true, ...more });
  input.listen(keyboard, stage);
  const send = (target, type, at, more) => {
    const event = new Event(type, { cancelable: true });
    Object.defineProperty(event, "timeStamp", { value: at });
    target.dispatchEvent(Object.assign(event, more));
    return event;
  };
  return {
    input,
    key: (at, key, more = {}) => send(keyboard, "keydown", at, { key, ...more }),
    point: (at, more = {}) =>
      send(stage, "pointerdown", at, { pointerType: "touch", isPrimary: true, button: 0, ...more }),
    keys: () => input.between(0, Infinity).map(({ key, is_answer }) => [key, is_answer]),
  };
}

test("a time belongs to the stretch that begins with it, not to the one that ends there", () => {
  const { input, key } = makeInput();
  key(100, " ");
  assert.equal(input.between(0, 100).length, 0);
  assert.equal(input.between(100, 200).length, 1);
});

test("a key that is held down counts once", () => {
  const { key, keys } = makeInput();
  key(100, " ");
  const repeated = key(130, " ", { repeat: true });
  assert.deepEqual(keys(), [[" ", true]]);
  assert.equal(repeated.defaultPrevented, true); // or the page would scroll
});

test("modifiers, Tab and Escape are kept and are no answers, not even where a study names them", () => {
  const { key, keys } = makeInput([" ", "Tab"]);
  for (const name of ["Shift", "Control", "Alt", "Meta", "Tab", "Escape"]) key(100, name);
  assert.ok(keys().every(([, isAnswer]) => !isAnswer));
  assert.equal(keys().length, 6);
});

test("a shortcut of the browser is no answer and keeps its meaning", () => {
  const { key, keys } = makeInput(["r"]);
  const event = key(100, "r", { ctrlKey: true });
  assert.deepEqual(keys(), [["r", false]]);
  assert.equal(event.defaultPrevented, false);
});

test("a letter is the same letter with caps lock", () => {
  const { key, keys } = makeInput(["R"]);
  key(100, "R");
  key(200, "r");
  assert.deepEqual(keys(), [
    ["r", true],
    ["r", true],
  ]);
});

test("other keys are kept and are no answers", () => {
  const { key, keys } = makeInput();
  key(100, "x");
  assert.deepEqual(keys(), [["x", false]]);
});

test("a finger or a pen answers, a second finger does not", () => {
  const { point, keys } = makeInput();
  point(100);
  point(110, { isPrimary: false });
  point(120, { pointerType: "pen" });
  assert.deepEqual(keys(), [
    ["touch", true],
    ["touch", true],
  ]);
});

test("a click answers on a touch screen only; elsewhere it is kept and is no answer", () => {
  for (const takesClicks of [true, false]) {
    const { point, keys } = makeInput([" "], { takes_clicks: takesClicks });
    point(120, { pointerType: "mouse" });
    point(130, { pointerType: "mouse", button: 2 });
    assert.deepEqual(keys(), [["pointer", takesClicks]]);
  }
});

test("keys are in the order of their timestamps, however they were delivered", () => {
  const { input, key } = makeInput();
  key(300, "b");
  key(200, "a");
  assert.deepEqual(
    input.between(0, 1000).map(({ at }) => at),
    [200, 300],
  );
});

test("after the end nothing is kept", () => {
  const { input, key, keys } = makeInput();
  input.stop();
  key(100, " ");
  assert.deepEqual(keys(), []);
});

test("a timestamp of another clock is replaced by the time of arrival", () => {
  const now = () => 500;
  assert.equal(eventTime({ timeStamp: 400 }, now), 400);
  assert.equal(eventTime({ timeStamp: 1_700_000_000_000 }, now), 500); // since 1970: an old browser
  assert.equal(eventTime({ timeStamp: 0 }, now), 500);
});

test("the first answer is the response, early ones too, and every key is reported", () => {
  const presses = [
    { key: "x", at: 1050, is_answer: false },
    { key: " ", at: 1120, is_answer: true },
    { key: " ", at: 1700, is_answer: true },
  ];
  assert.deepEqual(answer(presses, 1000), {
    key: " ",
    rt_ms: 120,
    keys: [
      { key: "x", at_ms: 50 },
      { key: " ", at_ms: 120 },
      { key: " ", at_ms: 700 },
    ],
  });
  assert.deepEqual(answer([], 1000), { key: null, rt_ms: null, keys: [] });
});

test("an event that a script made is no answer and no key, and is told of with its number", () => {
  const told = [];
  const { key, point, keys } = makeInput([" "], {
    takes_untrusted: false,
    onUntrusted: (press, n) => told.push([press.key, press.at, n]),
  });
  key(100, " "); // Node's events, like every event that a script makes, are not trusted
  point(200);
  assert.deepEqual(keys(), []);
  assert.deepEqual(told, [
    [" ", 100, 1],
    ["touch", 200, 2],
  ]);
});
