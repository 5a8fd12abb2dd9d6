import assert from "node:assert/strict";
import { test } from "node:test";

import {
  angleInPixels,
  calibratedSize,
  calibration,
  pixelsPerCm,
} from "../../experiment/static/game/calibration.js";
import { Sizing, neededRoom } from "../../experiment/static/game/sizing.js";

const near = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-3, String(found));

test("a card of 85.60 mm that is 856 pixels wide makes 100 pixels to the cm", () => {
  near(pixelsPerCm(856), 100);
});

test("at 57 cm a degree is nearly 1 cm", () => {
  // 2 · 57 · tan 0.5° = 0.99486 cm, by hand
  near(angleInPixels(1, 57, 100), 99.4862);
  // 2 · 57 · tan 4° = 7.97166 cm
  near(angleInPixels(8, 57, 100), 797.1656);
});

test("a zoom after the calibration leaves images as large as they were, in cm", () => {
  const display = { size_deg: 8, distance_cm: 57 };
  const measured = calibration(856, display, 1);
  near(calibratedSize(measured, display, 1), 797.1656);
  near(calibratedSize(measured, display, 2), 797.1656 / 2); // a CSS pixel is twice as large
  near(measured.px_per_degree, 99.4862);
});

test("images in degrees need all their room, others what the device can give", () => {
  const sizes = { size_px: 512, is_exact: false, has_touch: false, screen_px: 1080 };
  assert.equal(neededRoom(sizes), 512);
  assert.equal(neededRoom({ ...sizes, screen_px: 600 }), 360);
  assert.equal(neededRoom({ ...sizes, has_touch: true }), 150);
  assert.equal(neededRoom({ ...sizes, has_touch: true, is_exact: true }), 512);
});

test("a window is too small until it has the room, and what was measured describes the device", () => {
  const stage = { room: 700, roomWhenOpen: () => stage.room };
  const screen = { size_px: 512, is_exact: false, margin_px: 0, fit() {} };
  const window = { screen: { width: 1920, height: 1080 }, devicePixelRatio: 1 };
  const display = { size_deg: 8, distance_cm: 57 };
  const sizing = new Sizing({ screen, stage, display, has_touch: false, window });
  assert.equal(sizing.is_too_small, false);
  assert.deepEqual(sizing.measured, {});
  sizing.calibrate(856);
  assert.equal(screen.is_exact, true);
  near(screen.size_px, 797.1656);
  assert.equal(sizing.is_too_small, true);
  stage.room = 797;
  assert.equal(sizing.is_too_small, false);
  assert.deepEqual(Object.keys(sizing.measured), ["px_per_cm", "px_per_degree", "card_px"]);
});
