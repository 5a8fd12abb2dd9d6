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

const share = { format: ".0%", values: [0, 0.2, 0.4, 0.6, 0.8, 1] };

/** How many images have how many responses, from pairs of both; the goal as a line. */
export function coverageChart(data, theme) {
  const most = Math.max(data.goal, ...data.coverage.map(([repeats]) => repeats));
  const step = Math.max(1, Math.ceil((most + 1) / 50));
  const bars = new Map();
  for (const [repeats, images] of data.coverage) {
    const from = Math.floor(repeats / step) * step;
    bars.set(from, (bars.get(from) ?? 0) + images);
  }
  const values = [...bars].map(([from, images]) => ({ from: from - 0.4, to: from + step - 0.6, images, responses: step === 1 ? `${from}` : `${from} to ${from + step - 1}` }));
  const x = { field: "from", type: "quantitative", title: "responses", scale: { domain: [-0.5, most + step], nice: false }, axis: { format: "d", tickCount: 10 } };
  return {
    ...base(theme),
    height: 140,
    layer: [
      {
        data: { values },
        mark: { type: "rect", color: theme.accent },
        encoding: {
          x,
          x2: { field: "to" },
          y: { field: "images", type: "quantitative", title: "images" },
          y2: { datum: 0 },
          tooltip: [{ field: "responses" }, { field: "images" }],
        },
      },
      {
        data: { values: [{ from: data.goal }] },
        mark: { type: "rule", color: theme.ink, strokeDash: [4, 4] },
        encoding: { x },
      },
    ],
  };
}

/** Share of the runs that got at least so far, a line for each number of a run. */
export function courseChart(data, theme) {
  const several = new Set(data.course.map(({ run }) => run)).size > 1;
  return {
    ...base(theme),
    height: 200,
    data: { values: data.course },
    mark: { type: "line", interpolate: "step-before", strokeWidth: 2, color: theme.accent, point: { size: 25, color: theme.accent } },
    encoding: {
      x: { field: "position", type: "quantitative", title: "trials answered", axis: { format: "d" } },
      y: { field: "share", type: "quantitative", title: "runs that got so far", scale: { domain: [0, 1] }, axis: share },
      ...(several ? { strokeDash: { field: "run", type: "nominal", title: "run" } } : {}),
      tooltip: [
        ...(several ? [{ field: "run", title: "run" }] : []),
        { field: "position", title: "trials answered" },
        { field: "n", title: "runs that got so far" },
        { field: "share", title: "share", format: ".1%" },
      ],
    },
  };
}

/** Split-half consistency of parts of the people, Spearman–Brown ahead, and where R is reached. */
export function consistencyChart(data, theme) {
  const x = { field: "n_participants", type: "quantitative", title: "participants", axis: { format: ",d" } };
  const y = (title) => ({ field: "rho", type: "quantitative", title, scale: { domain: [0, 1] } });
  const aims = data.needed.map(({ rho, reliability }) => ({ rho, text: `R = ${reliability} (ρ = ${rho.toFixed(2)})` }));
  return {
    ...base(theme),
    height: 260,
    layer: [
      {
        data: { values: aims },
        mark: { type: "rule", color: theme.muted, strokeDash: [2, 4] },
        encoding: { y: y("ρ of two halves") },
      },
      {
        data: { values: aims },
        mark: { type: "text", align: "left", baseline: "bottom", dx: 4, dy: -2, color: theme.ink, fontSize: 12 },
        encoding: { x: { value: 0 }, y: y(null), text: { field: "text" } },
      },
      {
        data: { values: data.ahead },
        mark: { type: "line", color: theme.muted, strokeDash: [6, 4] },
        encoding: { x, y: y(null) },
      },
      {
        data: { values: data.points.filter(({ rho }) => rho !== null) },
        mark: { type: "point", filled: true, size: 70, opacity: 1, color: theme.accent },
        encoding: {
          x,
          y: y(null),
          tooltip: [
            { field: "n_participants", title: "participants", format: ",d" },
            { field: "rho", title: "ρ", format: ".3f" },
            { field: "responses_per_image", title: "responses per image", format: ".1f" },
          ],
        },
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
    axis: share,
  });
  const values = data.images
    .filter((image) => image.hit_rate !== null && image.false_alarm_rate !== null)
    .map((image) => ({
      ...image,
      image: data.thumbnail.replace("0".repeat(64), image.sha256),
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
