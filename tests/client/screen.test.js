import assert from "node:assert/strict";
import { test } from "node:test";

import { Screen } from "../../experiment/static/game/screen.js";

/** A canvas that remembers where images were drawn: [left, top, width, height] in its own pixels. */
function makeScreen({ room, size_px = 512, pixel_ratio = 1, ...more }) {
  const drawn = [];
  const marks = []; // what was drawn beside images
  const context = {
    fillRect(left, top, width) {
      if (width === canvas.width) marks.length = 0; // everything anew
      else marks.push(["bar", this.fillStyle]);
    },
    drawImage: (source, ...where) => drawn.push(where),
    beginPath() {},
    arc() {},
    fill() {},
    moveTo() {},
    lineTo() {},
    stroke() {
      marks.push(["symbol", this.strokeStyle]);
    },
    setLineDash(dash) {
      this.dash = dash;
    },
    strokeRect() {
      marks.push([this.dash.length > 0 ? "broken border" : "border", this.strokeStyle]);
    },
  };
  const canvas = { width: 0, height: 0, style: {}, getContext: () => context };
  const stage = { room };
  const screen = new Screen({
    canvas,
    room: () => stage.room,
    size_px,
    background: "#808080",
    pixelRatio: () => pixel_ratio,
    ...more,
  });
  return { screen, canvas, stage, drawn, marks };
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

test("images in degrees are as large as that, be their files smaller or larger", () => {
  const { screen, drawn } = makeScreen({ room: 900, size_px: 800, is_exact: true });
  screen.draw(picture(400, 200));
  screen.draw(picture(1600, 1600));
  assert.deepEqual(drawn, [
    [0, 200, 800, 400],
    [0, 0, 800, 800],
  ]);
});

test("the cross is there whenever there is no image", () => {
  const { screen, marks } = makeScreen({ room: 900, fixation: true });
  const cross = [
    ["bar", "#000000"],
    ["bar", "#000000"],
  ];
  assert.deepEqual(marks, cross);
  screen.draw(picture(512, 512));
  assert.deepEqual(marks, []);
  screen.clear();
  assert.deepEqual(marks, cross);
});

test("feedback differs in shape as well as in colour, and stays when its image goes", () => {
  const symbol = makeScreen({ room: 900, feedback: "symbol", fixation: true });
  symbol.screen.draw(picture(512, 512));
  symbol.screen.mark(true);
  symbol.screen.clear();
  assert.deepEqual(symbol.marks, [["symbol", "#1f8a4c"]]); // in place of the cross
  symbol.screen.mark(null);
  assert.equal(symbol.marks.length, 2); // the cross
  const border = makeScreen({ room: 900, feedback: "border" });
  border.screen.mark(true);
  assert.deepEqual(border.marks, [["border", "#1f8a4c"]]);
  border.screen.mark(false);
  assert.deepEqual(border.marks, [["broken border", "#c62828"]]);
});

test("a border has a place of its own around the image", () => {
  const { screen, canvas, drawn } = makeScreen({ room: 900, feedback: "border" });
  assert.equal(canvas.width, 540);
  screen.draw(picture(512, 512));
  assert.deepEqual(drawn, [[14, 14, 512, 512]]);
});
