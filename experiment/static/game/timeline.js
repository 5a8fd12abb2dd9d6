/** The jsPsych timeline of a run: instructions, practice, full screen, levels with their rests, the end. Any plugin can be put in between. */

import { watchCard } from "./calibration.js";
import { calibrationPage, escaped, filled, keyLabel, practiceResult, restPage } from "./pages.js";

/**
 * @param {object} parts
 * @param {import("./game.js").Game} parts.game
 * @param {Record<string, string>} parts.texts `instructions` and `test_instructions` are HTML, the others are plain
 * @param {Record<string, any>} parts.plugins recognition, task, buttons (html-button-response), fullscreen
 * @param {object} parts.page
 * @param {boolean} parts.page.can_fill_screen
 * @param {string|null} parts.page.simulate
 * @param {(selector: string) => void} parts.page.focus
 * @param {(selector: string, action: () => void) => void} parts.page.onClick
 * @param {() => void} parts.page.fillScreen
 * @param {() => Element} parts.page.content
 */
export function makeTimeline({ game, texts, plugins, page }) {
  const { run } = game;
  const key = keyLabel(run.config.keys, texts);
  const say = (name) => escaped(filled(texts[name], { key }));
  const isResumed = !run.is_new;
  const when = (condition, timeline) => ({ conditional_function: condition, timeline });

  const screen = (html, choices, more = {}) => ({
    type: plugins.buttons,
    stimulus: () => `<div class="game-page">${typeof html === "function" ? html() : html}</div>`,
    choices: choices.map((name) => escaped(texts[name])),
    button_html: (choice, index) =>
      `<button type="button" class="jspsych-btn${index === choices.length - 1 ? " primary" : ""}">${choice}</button>`,
    button_layout: "flex",
    simulation_options: { data: { response: choices.length - 1 } },
    on_load: () => page.focus(".jspsych-btn.primary"),
    ...more,
  });
  const plain = (name) => `<h1>${say(`${name}_title`)}</h1><p>${say(`${name}_text`)}</p>`;
  const titled = (name) =>
    `<h1>${say(`${name}_title`)}</h1><p>${say(game.has_touch ? `${name}_text_touch` : `${name}_text`)}</p>`;
  const note = `<p class="game-note">${say("flashing_note")}</p>`;
  const working = (name, work) => ({ type: plugins.task, message: texts[name], work });
  const playing = (player, mayGoOn) => ({
    timeline: [
      { type: plugins.recognition, position: () => player.position, player: () => player },
    ],
    conditional_function: mayGoOn,
    loop_function: () => player.hasMore && (player === practice.player || !player.is_paused),
    on_timeline_start: () => game.open(player),
    on_timeline_finish: () => game.close(),
  });

  const { practice } = game;
  const introduction = when(
    () => !isResumed,
    [
      screen(`<div class="game-instructions">${texts.instructions}</div>${note}`, [
        "instructions_button",
      ]),
      screen(titled("practice"), ["practice_button"]),
      {
        timeline: [
          playing(practice.player, () => practice.player.hasMore),
          screen(
            () => practiceResult(practice.summary, texts, run.config.feedback),
            ["practice_again", "practice_done"],
          ),
        ],
        on_timeline_start: () => practice.begin(),
        loop_function: (data) => {
          const isAgain = data.values().at(-1).response === 0;
          if (isAgain) practice.begin();
          return isAgain;
        },
      },
    ],
  );

  const fillingScreen = when(
    () => game.hasMore && page.can_fill_screen && page.simulate === null,
    [
      {
        type: plugins.fullscreen,
        fullscreen_mode: true,
        message: `<div class="game-page"><p>${say("fullscreen_text")}</p></div>`,
        button_label: escaped(texts.fullscreen_button),
        delay_after: 300,
        on_load: () => page.focus("#jspsych-fullscreen-btn"),
      },
    ],
  );

  let card_px = 0;
  const calibrating = when(
    () => game.hasMore && game.must_calibrate,
    [
      screen(() => calibrationPage(texts, run.config.display), ["calibration_button"], {
        on_load: () => {
          watchCard(page.content(), run.store.get("card_px"), (width) => (card_px = width));
          page.focus(".card-slider");
        },
        on_finish: () => game.calibrate(card_px),
      }),
    ],
  );

  const isResting = (mayStop) => () =>
    game.hasMore && !game.is_elsewhere && game.after.may_stop === mayStop;
  const resting = when(
    () => game.rest_level !== undefined,
    [
      working("saving_level", (tell) => game.rest(tell)),
      when(isResting(false), [screen(() => restPage(game.after, texts), ["rest_button"])]),
      when(isResting(true), [
        screen(() => restPage(game.after, texts), ["rest_stop", "rest_button"], {
          on_finish: ({ response }) => response === 0 && game.stop(),
        }),
      ]),
    ],
  );

  const goingOn = { on_finish: () => game.comeBack() };
  const level = {
    timeline: [
      resting,
      when(() => game.is_elsewhere, [
        screen(plain("moved"), ["moved_button"], { on_finish: () => game.playHere() }),
      ]),
      when(() => game.must_fetch, [working("preload", (tell) => game.preload(tell))]),
      when(() => game.hasMore && game.is_too_small, [
        working("too_small", () => game.waitForRoom()),
      ]),
      when(() => game.hasMore && game.must_get_ready, [
        screen(() => titled("ready") + (isResumed ? note : ""), ["ready_button"], {
          on_finish: () => (game.must_get_ready = false),
        }),
      ]),
      when(() => game.pause_page === "paused", [
        screen(titled("paused"), ["paused_button"], goingOn),
      ]),
      when(() => game.pause_page === "window", [
        screen(plain("window"), ["window_button", "fullscreen_button"], {
          ...goingOn,
          on_load: () => {
            page.focus(".jspsych-btn.primary");
            page.onClick(".jspsych-btn.primary", () => page.fillScreen());
          },
        }),
      ]),
      when(() => game.hasMore && game.must_start && !game.is_elsewhere, [
        working("starting", (tell) => game.begin(tell)),
      ]),
      playing(game.player, () => game.is_ready),
    ],
    loop_function: () => game.hasMore,
  };

  return [
    introduction,
    when(() => isResumed, [screen(titled("back"), ["back_button"])]),
    fillingScreen,
    calibrating,
    when(() => game.hasMore, [level]),
    working("saving", (tell) => game.finish(tell)),
  ];
}
