/** What the charts of a model are given: one object for each image that has the rate. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { imagesOf, predictionChart } from "../../experiment/static/results/model-charts.js";

const THUMBNAIL = `/thumbnails/${"0".repeat(64)}.webp`;
const POINTS = {
  image_id: ["a", "b"],
  sha256: ["1".repeat(64), "2".repeat(64)],
  prediction: [0.5, 0.75],
  hit_rate: [0.25, null],
  repeats: [8, 0],
  false_alarm_rate: [0, 0.5],
  firsts: [3, 2],
};
const THEME = { ink: "black", muted: "grey", line: "silver", accent: "blue" };

test("images without a rate are left out, and the others say what it was counted from", () => {
  assert.deepEqual(imagesOf(POINTS, "hit_rate", THUMBNAIL), [
    { image_id: "a", image: `/thumbnails/${"1".repeat(64)}.webp`, prediction: 0.5, rate: 0.25, counted: "2 of 8" },
  ]);
  const alarms = imagesOf(POINTS, "false_alarm_rate", THUMBNAIL);
  assert.deepEqual(alarms.map((image) => image.counted), ["0 of 3", "1 of 2"]);
});

test("people are on the upright axis, the model on the other, the picture under the pointer", () => {
  const chart = predictionChart([], "false_alarm_rate", "ResMem", THEME);
  assert.equal(chart.encoding.x.title, "prediction of ResMem");
  assert.equal(chart.encoding.y.title, "false-alarm rate");
  assert.deepEqual(chart.encoding.tooltip.map((shown) => shown.field), ["image_id", "image", "counted", "prediction"]);
});
