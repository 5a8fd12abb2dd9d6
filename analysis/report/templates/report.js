"use strict";
// Draws the charts, shows the picture behind a point, and makes the long tables sortable.
// Text goes into the page as text, never as markup.
(() => {
  const PAGE_ROWS = 25;
  const REACH_PX = 28; // how far from a point a pointer or finger may be
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const pictures = read("pictures");

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const number = (value, digits = 3) =>
    value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−");
  /** An image_id that may break behind its slashes, underscores, dots and hyphens. */
  const name = (imageId, tag = "span") => {
    const made = element(tag);
    for (const part of imageId.match(/[^/_.-]*[/_.-]*/g)) made.append(part, element("wbr"));
    return made;
  };
  const picture = (imageId) => {
    if (!Object.hasOwn(pictures, imageId)) return null;
    const made = element("img");
    made.src = pictures[imageId];
    made.alt = "";
    return made;
  };

  /** The picture of an image with its numbers. */
  const card = (datum, words) => {
    const made = element("div", undefined, "card");
    const image = picture(datum.image_id);
    if (image) made.append(image);
    const list = element("dl");
    list.append(name(datum.image_id, "strong"));
    const known = datum.low !== null && datum.low !== undefined;
    const interval = known ? ` (${number(datum.low)} to ${number(datum.high)})` : "";
    const rows = [[words.y, number(datum.y) + interval], [words.x, number(datum.x, words.x_digits ?? 3)]];
    for (const [name, value] of rows) list.append(element("dt", name), element("dd", value));
    made.append(list);
    return made;
  };

  /** A cell of many images: how many, where it lies, and a few of them. */
  const cellCard = (datum, words) => {
    const made = element("div", undefined, "card cell");
    const list = element("dl");
    list.append(element("strong", `${datum.images.toLocaleString("en")} ${datum.images === 1 ? "image" : "images"}`));
    const range = (low, high) => `${number(low, 2)} to ${number(high, 2)}`;
    const rows = [[words.y, range(datum.lower, datum.upper)], [words.x, range(datum.left, datum.right)]];
    for (const [title, value] of rows) list.append(element("dt", title), element("dd", value));
    const shown = element("ul");
    for (const imageId of datum.examples) {
      const one = element("li");
      const image = picture(imageId);
      if (image) one.append(image);
      one.append(name(imageId));
      shown.append(one);
    }
    made.append(list, shown);
    return made;
  };
  const cardOf = (datum, words) => (datum.examples ? cellCard : card)(datum, words);

  const pointer = element("div");
  pointer.id = "pointer";
  pointer.hidden = true;
  document.body.append(pointer);
  const place = (event) => {
    const box = pointer.getBoundingClientRect();
    const x = Math.min(event.clientX + 16, window.innerWidth - box.width - 8);
    const below = event.clientY + 16;
    const y = below + box.height > window.innerHeight ? event.clientY - box.height - 16 : below;
    pointer.style.left = `${Math.max(8, x)}px`;
    pointer.style.top = `${Math.max(8, y)}px`;
  };

  /** Points answer to pointer (a card beside it), to touch or click and to arrow keys (the card below the chart). */
  const makePickable = (figure, view, points, words) => {
    const plot = figure.querySelector(".plot");
    const picked = figure.querySelector(".picked");
    const byX = points.toSorted((a, b) => a.x - b.x || a.y - b.y);
    let current = null;
    const nearest = (event) => {
      const svg = plot.querySelector("svg");
      const box = svg.getBoundingClientRect();
      const shrunk = box.width / svg.width.baseVal.value;
      const [left, top] = view.origin();
      const x = view.scale("x");
      const y = view.scale("y");
      let found = null;
      let least = REACH_PX ** 2;
      for (const point of points) {
        const dx = box.left + (left + x(point.x)) * shrunk - event.clientX;
        const dy = box.top + (top + y(point.y)) * shrunk - event.clientY;
        const distance = dx * dx + dy * dy;
        if (distance < least) [found, least] = [point, distance];
      }
      return found;
    };
    const pick = (point) => {
      current = point;
      view.signal("chosen", point.image_id ?? point.cell).runAsync();
      picked.replaceChildren(cardOf(point, words));
    };
    const highest = points.reduce((best, point) => (best && best.y >= point.y ? best : point), null);
    const first = points[0]?.examples ? points[0] : highest; // of cells, the fullest
    if (first) pick(first);
    plot.addEventListener("pointermove", (event) => {
      const point = event.pointerType === "touch" ? null : nearest(event);
      pointer.hidden = point === null;
      plot.style.cursor = point ? "pointer" : "";
      if (!point) return;
      pointer.replaceChildren(cardOf(point, words));
      place(event);
    });
    plot.addEventListener("pointerleave", () => { pointer.hidden = true; });
    plot.addEventListener("click", (event) => {
      const point = nearest(event);
      if (point) pick(point);
    });
    plot.addEventListener("keydown", (event) => {
      const at = current ? byX.indexOf(current) : -1;
      const last = byX.length - 1;
      const to = { ArrowRight: at + 1, ArrowLeft: at < 0 ? last : at - 1, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      pick(byX[Math.min(last, Math.max(0, to))]);
    });
  };

  const draw = async (figure) => {
    const { spec, words } = read(`chart-${figure.dataset.chart}`);
    const options = { ast: true, renderer: "svg", actions: false, tooltip: false, logLevel: 1 };
    const { view } = await vegaEmbed(figure.querySelector(".plot"), spec, options);
    if (figure.querySelector(".picked")) {
      const sets = Object.values(spec.datasets ?? {});
      const values = sets.concat(spec.layer.map((layer) => layer.data?.values), [spec.data?.values]);
      makePickable(figure, view, values.find((rows) => rows?.[0]?.image_id !== undefined || rows?.[0]?.examples) ?? [], words);
    }
    figure.dataset.drawn = "yes";
  };

  /** One cell: text, a number, or a number over its interval and counts. */
  const cell = (value, column) => {
    const made = element("td", undefined, column.kind === "text" ? "text" : "");
    if (column.kind === "text") made.append(name(value ?? "–"));
    else if (column.kind === "rate") {
      const [rate, low, high, counts] = value;
      made.textContent = number(rate);
      const limits = low === null ? "" : `${number(low, 2)} to ${number(high, 2)}`;
      const below = [limits, counts].filter(Boolean).join(" · ");
      if (rate !== null && below) made.append(element("small", below));
    } else made.textContent = value === null ? "–" : column.kind === "count" ? String(value) : number(value);
    return made;
  };

  const makeTable = (host) => {
    const { columns, rows, with_pictures: withPictures, label, file } = read(`table-${host.dataset.table}`);
    const sortValue = (row, index) => (columns[index].kind === "rate" ? row[index][0] : row[index]);
    let shown = rows;
    let sort = { index: null, descending: true };
    let page = 0;
    const tools = element("div", undefined, "tools");
    tools.dataset.printed = `(all of them: ${file})`;
    const search = element("input");
    search.type = "search";
    search.placeholder = "Find…";
    search.setAttribute("aria-label", `Find in ${label}`);
    const back = element("button", "‹ Back");
    const next = element("button", "Next ›");
    const where = element("span", "");
    where.setAttribute("role", "status");
    for (const button of [back, next]) button.type = "button";
    tools.append(search, back, where, next);
    const scroll = element("div", undefined, "scroll");
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", label);
    const table = element("table");
    const head = element("tr");
    const body = element("tbody");
    const fill = () => {
      const first = page * PAGE_ROWS;
      body.replaceChildren(...shown.slice(first, first + PAGE_ROWS).map((row) => {
        const line = element("tr");
        line.append(...row.map((value, index) => cell(value, columns[index])));
        const image = withPictures ? picture(row[0]) : null;
        if (image) {
          const both = element("div", undefined, "with-picture");
          both.append(image, name(row[0]));
          line.firstChild.replaceChildren(both);
        }
        return line;
      }));
      const last = Math.min(shown.length, first + PAGE_ROWS);
      where.textContent = shown.length ? `${first + 1} to ${last} of ${shown.length}` : "none";
      back.disabled = page === 0;
      next.disabled = last >= shown.length;
    };
    const order = (index) => {
      const descending = sort.index === index ? !sort.descending : columns[index].kind !== "text";
      sort = { index, descending };
      const sign = descending ? -1 : 1;
      shown = shown.toSorted((a, b) => {
        const [x, y] = [sortValue(a, index), sortValue(b, index)];
        if (x === null || y === null) return (x === null) - (y === null); // missing last, either way
        return sign * (typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y);
      });
      [...head.children].forEach((th, i) => {
        if (i === index) th.setAttribute("aria-sort", descending ? "descending" : "ascending");
        else th.removeAttribute("aria-sort");
      });
      page = 0;
      fill();
    };
    columns.forEach((column, index) => {
      const th = element("th", undefined, column.kind === "text" ? "text" : "");
      th.scope = "col";
      const button = element("button", column.label);
      button.type = "button";
      button.addEventListener("click", () => order(index));
      th.append(button);
      head.append(th);
    });
    search.addEventListener("input", () => {
      const wanted = search.value.toLowerCase();
      shown = rows.filter((row) => row.some((v) => typeof v === "string" && v.toLowerCase().includes(wanted)));
      if (!wanted) shown = rows;
      if (sort.index !== null) {
        sort.descending = !sort.descending;
        order(sort.index);
      } else {
        page = 0;
        fill();
      }
    });
    back.addEventListener("click", () => { page -= 1; fill(); });
    next.addEventListener("click", () => { page += 1; fill(); });
    const thead = element("thead");
    thead.append(head);
    table.append(thead, body);
    scroll.append(table);
    host.append(tools, scroll);
    fill();
  };

  for (const host of document.querySelectorAll("[data-table]")) makeTable(host);
  const figures = [...document.querySelectorAll("[data-chart]")];
  Promise.all(figures.map(draw)).then(() => { document.documentElement.dataset.drawn = "yes"; });
})();
