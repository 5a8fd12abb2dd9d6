/** What was dropped or chosen, as a list of files with their paths. */

/**
 * @typedef {object} Chosen
 * @property {string} path within what was chosen, with '/'
 * @property {File} file
 */

const CLUTTER = new Set(["thumbs.db", "desktop.ini", "__macosx"]);

/** Hidden files, and what operating systems leave in folders: the server would pass them over. */
export function isClutter(path) {
  return path.split("/").some((part) => part.startsWith(".") || CLUTTER.has(part.toLowerCase()));
}

/**
 * The files of an input; of a folder each knows its path.
 * @returns {Chosen[]}
 */
export function fromInput(files) {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/**
 * The files of what was dropped, folders and all. The entries have to be asked for before the
 * first wait: afterwards the browser has forgotten what was dropped.
 * @param {DataTransfer} transfer
 * @returns {Promise<Chosen[]>}
 */
export async function fromDrop(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  if (entries.length === 0 || entries.includes(null)) return fromInput(transfer.files);
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  const path = entry.fullPath.replace(/^\/+/, "");
  if (isClutter(path)) return;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ path, file });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A reader gives a hundred entries at a time, and none when it is at the end.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const child of some) await walk(child, found);
  }
}

/**
 * What goes into one upload: without clutter; a path that is chosen twice is taken the second time.
 * @param {Chosen[]} chosen
 * @returns {Chosen[]} sorted by path
 */
export function gathered(chosen) {
  const byPath = new Map();
  for (const one of chosen) if (!isClutter(one.path)) byPath.set(one.path, one);
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A name for a set of these, made of the folder or zip that holds them all; "" if there is none. */
export function suggestedName(chosen) {
  const firsts = new Set(
    chosen.map(({ path }) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : "")),
  );
  let name = firsts.size === 1 ? [...firsts][0] : "";
  const zips = chosen.filter(({ path }) => /\.zip$/i.test(path));
  if (!name && zips.length === 1) name = zips[0].path.replace(/\.zip$/i, "");
  return name
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .replace(/[^A-Za-z0-9_-]+/g, "_")
    .replace(/^[^A-Za-z0-9]+|_+$/g, "")
    .slice(0, 64);
}
