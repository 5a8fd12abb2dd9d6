/** Draws each model's charts, and loads the page again while a comparison is being computed. */

import { imagesOf, predictionChart } from "./model-charts.js";

const AGAIN_MS = 3000;

function themeOf() {
  const style = getComputedStyle(document.body);
  const colour = (name) => style.getPropertyValue(name).trim();
  return { ink: colour("--ink"), muted: colour("--muted"), line: colour("--line"), accent: colour("--accent") };
}

async function draw(element) {
  const answer = await fetch(element.dataset.points);
  if (!answer.ok) return;
  const points = await answer.json();
  const redraw = async () => {
    for (const chart of element.querySelectorAll("[data-field]")) {
      const { field } = chart.dataset;
      const images = imagesOf(points, field, element.dataset.thumbnail);
      chart.hidden = images.length === 0;
      if (chart.hidden) continue;
      await window.vegaEmbed(chart, predictionChart(images, field, element.dataset.model, themeOf()), {
        ast: true,
        mode: "vega-lite",
        actions: false,
        defaultStyle: false,
        tooltip: { disableDefaultStyle: true },
      });
    }
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  await redraw();
}

for (const element of document.querySelectorAll("[data-points]")) await draw(element);
if (document.querySelector("[data-computing]")) setTimeout(() => location.reload(), AGAIN_MS);
