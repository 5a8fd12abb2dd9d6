/** The jsPsych timeline of a run: instructions, practice, full screen, pictures, game, the end. Any plugin can be put in between. */

/** Text for HTML. */
export function escaped(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Fill `{name}` in a text. */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) =>
    name in values ? String(values[name]) : whole,
  );
}

/** What a person calls an answer key. */
export function keyLabel(keys, texts) {
  const [key] = keys;
  return key === " " ? texts.key_space : key.toUpperCase();
}

/**
 * @param {object} parts
 * @param {import("./game.js").Game} parts.game
 * @param {Record<string, string>} parts.texts `instructions` is HTML, the others are plain
 * @param {Record<string, any>} parts.plugins recognition, task, buttons (html-button-response), fullscreen
 * @param {{can_fill_screen: boolean, simulate: string|null, focus: (selector: string) => void}} parts.page
 */
export function makeTimeline({ game, texts, plugins, page }) {
  const { run } = game;
  const key = keyLabel(run.config.keys, texts);
  const say = (name) => escaped(filled(texts[name], { key }));
  const isResumed = !run.is_new;

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
  const titled = (name) =>
    `<h1>${say(`${name}_title`)}</h1><p>${say(game.has_touch ? `${name}_text_touch` : `${name}_text`)}</p>`;
  const working = (name, work) => ({ type: plugins.task, message: texts[name], work });
  const playing = (player) => ({
    timeline: [
      { type: plugins.recognition, position: () => player.position, player: () => player },
    ],
    conditional_function: () => player.hasMore,
    loop_function: () => player.hasMore && (player === game.practice || player.paused_ms === null),
    on_timeline_start: () => game.open(player),
    on_timeline_finish: () => game.close(),
  });

  const introduction = {
    conditional_function: () => !isResumed,
    timeline: [
      screen(`<div class="game-instructions">${texts.instructions}</div>`, ["instructions_button"]),
      screen(titled("practice"), ["practice_button"]),
      {
        timeline: [
          playing(game.practice),
          screen(
            () => practiceResult(game.practice_summary, texts),
            ["practice_again", "practice_done"],
          ),
        ],
        on_timeline_start: () => game.practiseAgain(),
        loop_function: (data) => {
          const isAgain = data.values().at(-1).response === 0;
          if (isAgain) game.practiseAgain();
          return isAgain;
        },
      },
    ],
  };

  return [
    introduction,
    { conditional_function: () => isResumed, timeline: [screen(titled("back"), ["back_button"])] },
    {
      conditional_function: () => game.player.hasMore,
      timeline: [
        {
          conditional_function: () => page.can_fill_screen && page.simulate === null,
          timeline: [
            {
              type: plugins.fullscreen,
              fullscreen_mode: true,
              message: `<div class="game-page"><p>${say("fullscreen_text")}</p></div>`,
              button_label: escaped(texts.fullscreen_button),
              delay_after: 300,
              on_load: () => page.focus("#jspsych-fullscreen-btn"),
            },
          ],
        },
        {
          conditional_function: () => page.simulate !== "data-only",
          timeline: [working("preload", (tell) => game.preload(tell))],
        },
        screen(titled("ready"), ["ready_button"]),
      ],
    },
    {
      timeline: [
        {
          conditional_function: () => game.player.paused_ms !== null,
          timeline: [
            screen(titled("paused"), ["paused_button"], { on_finish: () => game.comeBack() }),
          ],
        },
        {
          conditional_function: () => game.must_start,
          timeline: [working("starting", (tell) => game.begin(tell))],
        },
        playing(game.player),
      ],
      loop_function: () => game.player.hasMore,
    },
    working("saving", (tell) => game.finish(tell)),
  ];
}

function practiceResult({ repeats, hits, false_alarms: falseAlarms }, texts) {
  const isGood = hits >= repeats - 1 && falseAlarms <= 1;
  const line = escaped(filled(texts.practice_result, { hits, repeats, false_alarms: falseAlarms }));
  const advice = escaped(isGood ? texts.practice_good : texts.practice_more);
  return `<h1>${escaped(texts.practice_over)}</h1><p>${line}</p><p>${advice}</p>`;
}
