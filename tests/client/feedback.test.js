import assert from "node:assert/strict";
import { test } from "node:test";

import { giveFeedback } from "../../experiment/static/game/feedback.js";
import { inkOn } from "../../experiment/static/game/marks.js";
import { flush, makeGame, runAll } from "./fake_game.js";
import { answer } from "./fakes.js";

const FIRST = 1500; // the first onset: 500 ms of empty screen

/** A game whose server answers after so long; times are those of the fake screen. */
function makeFeedbackGame({ delay_ms, is_correct = true, status = 200 }) {
  const game = makeGame({ n: 3 });
  const asked = [];
  const due = [];
  const api = {
    feedback: (question) => {
      asked.push(question);
      const at = game.frames.time + delay_ms;
      return new Promise((resolve) => due.push({ at, resolve }));
    },
  };
  giveFeedback({ input: game.input, player: game.player, api, duration_ms: 150 });
  const deliver = async () => {
    for (const one of due.filter(({ at }) => at <= game.frames.time)) {
      due.splice(due.indexOf(one), 1);
      one.resolve(answer(status, status === 200 ? { is_correct } : { error: "x" }));
    }
    await flush();
  };
  const play = async (presses) => {
    const todo = [...presses];
    const results = [];
    (async () => {
      while (game.player.hasMore) results.push(await game.player.play(game.player.position));
    })();
    for (let time = game.frames.time; time < 9_000; time += 5) {
      game.frames.run(time);
      while (todo.length > 0 && todo[0][0] <= time) game.press(...todo.shift());
      await deliver();
    }
    return results;
  };
  return { ...game, asked, play };
}

test("the first answer to an image is asked about at once, later ones and other keys are not", async () => {
  const { play, asked } = makeFeedbackGame({ delay_ms: 10 });
  await play([
    [FIRST + 200, "x"],
    [FIRST + 300, " "],
    [FIRST + 500, " "],
    [FIRST + 1400 + 250, " "],
  ]);
  assert.deepEqual(
    asked.map(({ position, key, rt_ms }) => [position, key, Math.round(rt_ms)]),
    [
      [0, " ", 300],
      [1, " ", 250],
    ],
  );
});

test("feedback comes up in the frame after the answer, lasts as planned, and its onset is that frame's", async () => {
  const { play, screen, frames } = makeFeedbackGame({ delay_ms: 40, is_correct: false });
  const [first, second] = await play([[FIRST + 300, " "]]);
  const marks = screen.marks.filter(([, isCorrect], at) => at > 0 || isCorrect !== null);
  const [[n_on, isCorrect], [n_off, none]] = marks;
  assert.deepEqual([isCorrect, none], [false, null]);
  assert.equal(n_off - n_on, 9); // 150 ms at 60 Hz
  assert.ok(Math.abs(first.feedback_onset - (1000 + n_on * frames.frame_ms)) < 1e-6);
  assert.ok(first.feedback_onset - (FIRST + 340) <= 1.5 * frames.frame_ms);
  assert.equal(second.feedback_onset, null);
});

test("feedback that comes within 150 ms of the next image is left out, and moves no image", async () => {
  for (const [delay_ms, isShown] of [
    [1400 - 300 - 190, true], // 190 ms before the next onset
    [1400 - 300 - 130, false],
    [1400 - 300 + 50, false], // the next image is up
  ]) {
    const { play, screen } = makeFeedbackGame({ delay_ms });
    const [first] = await play([[FIRST + 300, " "]]);
    assert.equal(first.feedback_onset !== null, isShown, `${delay_ms} ms`);
    assert.equal(
      screen.marks.some(([, isCorrect]) => isCorrect === true),
      isShown,
    );
    const onsets = screen.log.map(({ n_on }) => n_on);
    assert.deepEqual([onsets[1] - onsets[0], onsets[2] - onsets[1]], [84, 84]);
  }
});

test("feedback is gone when the next image comes, however long it was to last", async () => {
  const game = makeGame({ n: 2 });
  let isTold = false;
  await runAll(game, 9_000, (time) => {
    if (isTold || time < FIRST + 1200) return;
    isTold = true;
    game.player.comment(0, true, 5000);
  });
  const off = game.screen.marks.at(-1);
  assert.equal(off[1], null);
  assert.ok(off[0] <= game.screen.log[1].n_on);
});

test("a server that answers nothing of use shows nothing", async () => {
  const { play, asked } = makeFeedbackGame({ delay_ms: 10, status: 404 });
  const [first] = await play([[FIRST + 300, " "]]);
  assert.equal(asked.length, 1);
  assert.equal(first.feedback_onset, null);
});

test("a window that loses the keyboard during a trial was not in front for that trial only", async () => {
  const game = makeGame({ n: 3 });
  let isLost = false;
  await runAll(game, 9_000, (time) => {
    if (isLost || time < FIRST + 1400 + 1000) return;
    isLost = true;
    game.player.loseFocus(); // in the gap after the second image
  });
  assert.deepEqual(
    game.done.map(({ had_focus }) => had_focus),
    [true, false, true],
  );
});

test("the cross stands out from light and from dark grounds", () => {
  assert.equal(inkOn("#ffffff"), "#000000");
  assert.equal(inkOn("#808080"), "#000000");
  assert.equal(inkOn("#101010"), "#ffffff");
});
