/** The live results: draws the charts, and fetches the page again while somebody looks: every ten seconds, and sooner
 * where scores are being computed. */

import { consistencyChart, courseChart, coverageChart, ratesChart } from "./charts.js";

const EVERY_MS = 10_000;
const COMPUTING_MS = 2_000;
const LONGEST_MS = 120_000;

const live = document.getElementById("live");
const button = document.getElementById("updates");
const trouble = document.getElementById("trouble");

let isOn = true;
let wait_ms = pause();
let drawn = "";

/** Draw the charts, if their data or the colours have changed. */
async function draw() {
  const text = document.getElementById("chart-data").textContent;
  const style = getComputedStyle(document.body);
  const colour = (name) => style.getPropertyValue(name).trim();
  const theme = { ink: colour("--ink"), muted: colour("--muted"), line: colour("--line"), accent: colour("--accent") };
  const key = text + JSON.stringify(theme);
  if (key === drawn) return;
  drawn = key;
  const data = JSON.parse(text);
  await embed("course-chart", data.course.length > 0 && courseChart(data, theme));
  await embed("coverage-chart", data.coverage.length > 0 && coverageChart(data, theme));
  await embed("rates-chart", data.images.length > 0 && ratesChart(data, theme));
  await embed("consistency-chart", data.points.length > 0 && consistencyChart(data, theme));
}

/** Show a Vega-Lite chart; expressions are interpreted, so the page needs no permission to evaluate text. */
async function embed(id, spec) {
  const element = document.getElementById(id);
  if (!element) return;
  element.hidden = !spec;
  if (!spec) return;
  await window.vegaEmbed(element, spec, {
    ast: true,
    mode: "vega-lite",
    actions: false,
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
  });
}

/** Take over what the server now says, but the charts where they are still right. */
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-cache" });
  if (answer.status === 403) return location.reload();
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById("live");
  if (next.querySelector("#chart-data").textContent === document.getElementById("chart-data").textContent) {
    for (const chart of live.querySelectorAll(".chart")) {
      next.querySelector(`#${chart.id}`)?.replaceWith(chart);
    }
  } else {
    drawn = "";
  }
  live.toggleAttribute("data-computing", next.hasAttribute("data-computing"));
  live.replaceChildren(...document.adoptNode(next).childNodes);
  await draw();
}

function pause() {
  return live.hasAttribute("data-computing") ? COMPUTING_MS : EVERY_MS;
}

async function tick() {
  if (isOn && !document.hidden) {
    try {
      await refresh();
      wait_ms = pause();
      trouble.textContent = "";
    } catch {
      wait_ms = Math.min(2 * wait_ms, LONGEST_MS);
      trouble.textContent = trouble.dataset.text;
    }
  }
  setTimeout(tick, wait_ms);
}

button.hidden = false;
button.addEventListener("click", () => {
  isOn = !isOn;
  button.setAttribute("aria-pressed", String(isOn));
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
await draw();
setTimeout(tick, wait_ms);
