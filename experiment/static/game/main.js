/** The page of the game: reads what the server put into it, and runs everything. */

import { Game } from "./game.js";
import { guardHistory } from "./leaving.js";
import { Api } from "./network.js";
import { Outbox } from "./outbox.js";
import { continuousRecognition } from "./plugin-continuous-recognition.js";
import { task } from "./plugin-task.js";
import { Waiter, insist } from "./retry.js";
import { Run } from "./run.js";
import { Store, browserStorage } from "./store.js";
import { makeTimeline } from "./timeline.js";

const OTHER_TAB_MS = 3000; // a page that is being reloaded lets go of its lock within that time

const page = JSON.parse(document.getElementById("game").textContent);
const { texts } = page;
const target = document.getElementById("jspsych-target");

/** Put one sentence on the page, and a button that loads it again. */
function tell(text, hasButton = false) {
  const words = document.createElement("p");
  words.className = "game-page";
  words.setAttribute("role", "status");
  words.textContent = text;
  target.replaceChildren(words);
  if (!hasButton) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "jspsych-btn primary";
  button.textContent = texts.try_again;
  button.addEventListener("click", () => location.reload());
  target.append(button);
}

/** Whether this tab is the only one with the run; holds that place until the page goes. */
function isOnlyTab(name) {
  if (!navigator.locks) return Promise.resolve(true); // not a secure context
  return new Promise((resolve) => {
    const hold = () => {
      resolve(true);
      return new Promise(() => {});
    };
    navigator.locks
      .request(name, { signal: AbortSignal.timeout(OTHER_TAB_MS) }, hold)
      .catch(() => resolve(false));
  });
}

function makeId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Ask the server for the run; null where it has none. */
async function fetchRun(api, waiter) {
  const { status, body } = await insist(
    async () => {
      const answer = await api.run();
      const isAnswer =
        answer.status === 200 ? Array.isArray(answer.body?.trials) : answer.status === 404;
      return isAnswer ? answer : undefined;
    },
    { waiter, onTrouble: (isTrouble) => tell(isTrouble ? texts.trouble : texts.loading) },
  );
  return status === 200 ? body : null;
}

async function play() {
  tell(texts.loading);
  const waiter = new Waiter();
  window.addEventListener("online", () => waiter.wake());
  const name = page.run_url.split("/").at(-1);
  if (!(await isOnlyTab(`hitrate:${name}`))) return tell(texts.elsewhere, true);
  const api = new Api(page.run_url);
  const config = await fetchRun(api, waiter);
  if (config === null) return tell(texts.gone);
  if (config.state === "finished") return location.replace(page.thanks_url);

  let run = null;
  const failures = [];
  const report = (event, position, detail) =>
    run.record(event, performance.now(), detail, position);
  const store = new Store(browserStorage(), name, (reason) => {
    if (run) report("storage_unavailable", null, { reason });
    else failures.push(reason);
  });
  const outboxWaiter = new Waiter();
  window.addEventListener("online", () => outboxWaiter.wake());
  const tab = makeId();
  const outbox = new Outbox({ store, api, waiter: outboxWaiter, tab, report });
  const time = { now: () => performance.now(), origin: performance.timeOrigin };
  run = new Run({ config, api, store, outbox, waiter, time, makeId, tab });
  for (const reason of failures) report("storage_unavailable", null, { reason });

  const game = new Game({
    run,
    texts,
    practice_folder: new URL("../practice", import.meta.url).pathname,
    simulate: page.simulate,
    window,
  });
  guardHistory({
    window,
    texts,
    onAsk: () => game.askToLeave(),
    // Not to the page before: it would lead whoever has agreed back into the game.
    onLeave: () => {
      game.is_over = true;
      location.assign(page.thanks_url.replace(/\/thanks$/, ""));
    },
  });
  const { ParameterType, initJsPsych } = window.jsPsychModule;
  target.replaceChildren();
  const jsPsych = initJsPsych({ display_element: target });
  const timeline = makeTimeline({
    game,
    texts,
    plugins: {
      recognition: continuousRecognition(ParameterType),
      task: task(ParameterType),
      buttons: window.jsPsychHtmlButtonResponse,
      fullscreen: window.jsPsychFullscreen,
    },
    page: {
      can_fill_screen: Boolean(document.fullscreenEnabled),
      simulate: page.simulate,
      // For the keyboard; on a telephone it would only put a ring around the button.
      focus: (selector) => game.has_touch || target.querySelector(selector)?.focus(),
      onClick: (selector, action) =>
        target.querySelector(selector).addEventListener("click", action),
      fillScreen: () => document.documentElement.requestFullscreen().catch(() => {}),
      content: () => target,
    },
  });
  return page.simulate ? jsPsych.simulate(timeline, page.simulate) : jsPsych.run(timeline);
}

// A page that the browser kept and shows again knows nothing of what came after it.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());

play().catch((error) => {
  console.error(error);
  for (const main of document.querySelectorAll("main")) main.hidden = false;
  document.getElementById("stage")?.remove();
  tell(texts.failed, true);
});
