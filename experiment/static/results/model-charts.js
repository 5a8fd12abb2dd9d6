/** The charts of a model beside the people, as Vega-Lite. */

import { base } from "./charts.js";

/** What an axis of a rate is called, and the numbers behind it. */
const RATES = {
  hit_rate: { title: "hit rate", part: "hits", whole: "repeats" },
  false_alarm_rate: { title: "false-alarm rate", part: "false alarms", whole: "firsts" },
};

/** Columns as the server sends them → one object for each image that has this rate. */
export function imagesOf(points, field, thumbnail) {
  const { whole } = RATES[field];
  return points.image_id
    .map((image_id, i) => {
      const rate = points[field][i];
      const n = points[whole][i];
      return {
        image_id,
        image: thumbnail.replace("0".repeat(64), points.sha256[i]),
        prediction: points.prediction[i],
        rate,
        counted: rate === null ? "" : `${Math.round(rate * n)} of ${n}`,
      };
    })
    .filter((image) => image.rate !== null);
}

/** A rate of people against a model's prediction, the picture under the pointer. */
export function predictionChart(images, field, model, theme) {
  const { title, part } = RATES[field];
  const tooltip = { image_id: "title", image: "image", counted: part, prediction: model };
  return {
    ...base(theme),
    height: 300,
    data: { values: images },
    params: [{ name: "view", select: "interval", bind: "scales" }],
    mark: { type: "point", filled: true, size: 60, opacity: 0.6, color: theme.accent },
    encoding: {
      x: { field: "prediction", type: "quantitative", title: `prediction of ${model}`, scale: { zero: false, padding: 12 } },
      y: {
        field: "rate",
        type: "quantitative",
        title,
        scale: { domain: [-0.02, 1.02], nice: false },
        axis: { format: ".0%", values: [0, 0.2, 0.4, 0.6, 0.8, 1] },
      },
      tooltip: Object.entries(tooltip).map(([name, shown]) => ({
        field: name,
        title: shown,
        ...(name === "prediction" ? { format: ".3f" } : {}),
      })),
    },
  };
}
