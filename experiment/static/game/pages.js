/** The words of the pages between images, as HTML. Texts come from the server; all but the study's own are plain. */

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

/** How the practice went, and what now. @param {"off"|"symbol"|"border"} feedback of the game */
export function practiceResult({ repeats, hits, false_alarms: falseAlarms }, texts, feedback) {
  const isGood = hits >= repeats - 1 && falseAlarms <= 1;
  const line = escaped(filled(texts.practice_result, { hits, repeats, false_alarms: falseAlarms }));
  const praise = feedback === "off" ? texts.practice_good : texts.practice_good_feedback;
  const advice = escaped(isGood ? praise : texts.practice_more);
  return `<h1>${escaped(texts.practice_over)}</h1><p>${line}</p><p>${advice}</p>`;
}

/**
 * A planned rest: how the level went, and what comes next.
 * @param {{score: object|null, may_stop: boolean, number: number, n_levels: number, phase: string}} after
 */
export function restPage(after, texts) {
  const lines = [];
  if (after.score) lines.push(filled(texts.rest_score, after.score));
  lines.push(texts.rest_text);
  if (after.may_stop) lines.push(texts.rest_may_stop);
  const words = lines.map((line) => `<p>${escaped(line)}</p>`).join("");
  const title = filled(texts.rest_title, { level: after.number, levels: after.n_levels });
  const isTest = after.phase === "test" && texts.test_instructions;
  const own = isTest ? `<div class="game-instructions">${texts.test_instructions}</div>` : "";
  return `<h1>${escaped(title)}</h1>${words}${own}`;
}

/** A card to be made as wide as a real one. @param {{distance_cm: number}} display */
export function calibrationPage(texts, { distance_cm: distance }) {
  return (
    `<h1>${escaped(texts.calibration_title)}</h1>` +
    `<p>${escaped(texts.calibration_text)}</p>` +
    `<div class="card-place"><div class="card"></div></div>` +
    `<input class="card-slider" type="range" min="120" max="900" step="1" aria-label="${escaped(texts.calibration_slider)}">` +
    `<p>${escaped(filled(texts.calibration_distance, { distance }))}</p>`
  );
}
