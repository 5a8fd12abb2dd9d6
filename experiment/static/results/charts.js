/** The charts of the live results, as Vega-Lite. */

/** What all charts share. */
export function base(theme) {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width: "container",
    background: "transparent",
    config: {
      font: "system-ui, sans-serif",
      view: { stroke: null },
      axis: {
        labelColor: theme.muted,
        titleColor: theme.ink,
        domainColor: theme.line,
        tickColor: theme.line,
        gridColor: theme.line,
        titleFontWeight: "normal",
        labelFontSize: 12,
        titleFontSize: 13,
      },
    },
  };
}

/** How many images have how many responses; the goal as a line. */
export function coverageChart(data, theme) {
  const step = Math.max(1, Math.ceil((Math.max(data.goal, ...data.repeats) + 1) / 50));
  return {
    ...base(theme),
    height: 140,
    data: { values: data.repeats.map((repeats) => ({ repeats })) },
    layer: [
      {
        mark: { type: "bar", color: theme.accent },
        encoding: {
          x: { field: "repeats", type: "quantitative", bin: { step }, title: "responses", axis: { format: "d", tickCount: 10 } },
          y: { aggregate: "count", title: "images" },
        },
      },
      {
        data: { values: [{ goal: data.goal }] },
        mark: { type: "rule", color: theme.ink, strokeDash: [4, 4] },
        encoding: { x: { field: "goal", type: "quantitative" } },
      },
    ],
  };
}

/** Hit rate against false-alarm rate of each image, the picture under the pointer. */
export function ratesChart(data, theme) {
  const rate = (field, title) => ({
    field,
    type: "quantitative",
    title,
    scale: { domain: [-0.02, 1.02], nice: false },
    axis: { format: ".0%", values: [0, 0.2, 0.4, 0.6, 0.8, 1] },
  });
  const values = data.images
    .filter((image) => image.hit_rate !== null && image.false_alarm_rate !== null)
    .map((image) => ({
      ...image,
      hit_text: `${image.hits} of ${image.repeats}`,
      alarm_text: `${image.false_alarms} of ${image.firsts}`,
    }));
  const tooltip = { image_id: "title", image: "image", hit_text: "hits", alarm_text: "false alarms" };
  return {
    ...base(theme),
    height: 380,
    data: { values },
    layer: [
      {
        data: { values: [{ from: 0, to: 1 }] },
        mark: { type: "rule", color: theme.line },
        encoding: {
          x: { field: "from", type: "quantitative" },
          x2: { field: "to" },
          y: { field: "from", type: "quantitative" },
          y2: { field: "to" },
        },
      },
      {
        params: [{ name: "view", select: "interval", bind: "scales" }],
        mark: { type: "point", filled: true, size: 70, opacity: 0.65, color: theme.accent },
        encoding: {
          x: rate("false_alarm_rate", "false-alarm rate"),
          y: rate("hit_rate", "hit rate"),
          tooltip: Object.entries(tooltip).map(([field, title]) => ({ field, title })),
        },
      },
    ],
  };
}
