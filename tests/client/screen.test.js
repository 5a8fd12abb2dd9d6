import assert from "node:assert/strict";
import { test } from "node:test";

import { Screen } from "../../experiment/static/game/screen.js";

/** A canvas that remembers where images were drawn: [left, top, width, height] in its own pixels. */
function makeScreen({ room, size_px = 512, pixel_ratio = 1 }) {
  const drawn = [];
  const context = { fillRect() {}, drawImage: (source, ...where) => drawn.push(where) };
  const canvas = { width: 0, height: 0, style: {}, getContext: () => context };
  const stage = { room };
  const screen = new Screen({
    canvas,
    room: () => stage.room,
    size_px,
    background: "#808080",
    pixelRatio: () => pixel_ratio,
  });
  return { screen, canvas, stage, drawn };
}

const picture = (width_px, height_px) => ({ source: {}, width_px, height_px });

test("a picture is in the middle, at its natural size, where there is room", () => {
  const { screen, drawn } = makeScreen({ room: 900 });
  screen.draw(picture(512, 300));
  screen.draw(picture(256, 200));
  assert.deepEqual(drawn, [
    [0, 106, 512, 300],
    [128, 156, 256, 200],
  ]);
});

test("on a phone a large picture is made to fit and a small one stays as it is", () => {
  const { screen, canvas, drawn } = makeScreen({ room: 360, pixel_ratio: 2 });
  assert.equal(canvas.width, 720);
  screen.draw(picture(512, 256));
  screen.draw(picture(256, 256));
  assert.deepEqual(drawn, [
    [0, 180, 720, 360],
    [104, 104, 512, 512],
  ]);
});

test("a file larger than the study's size is shown at that size", () => {
  const { screen, drawn } = makeScreen({ room: 900, size_px: 256 });
  screen.draw(picture(1024, 512));
  assert.deepEqual(drawn, [[0, 64, 256, 128]]);
});

test("what is shown is drawn again when the window changes, and only until it is taken away", () => {
  const { screen, stage, drawn } = makeScreen({ room: 900 });
  screen.draw(picture(512, 512));
  stage.room = 256;
  screen.fit();
  assert.deepEqual(drawn.at(-1), [0, 0, 256, 256]);
  screen.clear();
  screen.fit();
  assert.equal(drawn.length, 2);
});
