/** The form of a study: what it will do, kept true while one types; a slug suggested by the title. */

const WAIT_MS = 400;

/** What a title would be called in addresses. */
export function slugFrom(title) {
  const words = title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return words.slice(0, 60).replace(/-$/, "");
}

function suggestSlug(slug) {
  const title = document.getElementById(slug.dataset.suggest);
  let suggested = slug.value;
  function suggest() {
    if (slug.value !== suggested) return; // somebody has written their own
    suggested = slugFrom(title.value);
    slug.value = suggested;
  }
  title.addEventListener("input", suggest);
  if (title.value && !slug.value) suggest();
}

/** Mark a field that differs from the published game. */
function markDifference(input) {
  if (!("published" in input.dataset)) return;
  const label = input.labels?.[0];
  const value = input.type === "checkbox" ? (input.checked ? "yes" : "") : input.value;
  const mark = label?.querySelector(".mark-differs");
  const differs = value !== input.dataset.published;
  if (differs === Boolean(mark)) return;
  if (mark) return mark.remove();
  const added = document.createElement("span");
  added.className = "mark-differs";
  added.textContent = "differs";
  (label.querySelector("span") ?? label).append(" ", added);
}

/** Show the fields only that belong to what is chosen. */
function showWhatBelongs(form) {
  for (const part of form.querySelectorAll("[data-for]")) {
    const chosen = form.elements.namedItem(part.dataset.for)?.value;
    part.hidden = chosen !== undefined && !part.dataset.of.split(" ").includes(chosen);
  }
}

/** Keep the side of the form true. */
function previewWhileTyping(form) {
  const side = document.getElementById("preview");
  const status = document.getElementById("preview-status");
  let timer;
  let asked;
  async function show() {
    asked?.abort();
    asked = new AbortController();
    const fields = new FormData(form);
    for (const input of form.querySelectorAll("fieldset:disabled [name]")) {
      if (input.type !== "checkbox" || input.checked) fields.append(input.name, input.value);
    }
    try {
      const answer = await fetch(form.dataset.preview, {
        method: "POST",
        body: new URLSearchParams(fields),
        signal: asked.signal,
      });
      if (!answer.ok) return;
      side.innerHTML = await answer.text();
      status.textContent = side.querySelector(".note.warning p")?.textContent ?? "The study works as it is typed.";
    } catch {
      // A newer question has taken its place, or the network is away for a moment.
    }
  }
  form.addEventListener("input", (event) => {
    markDifference(event.target);
    showWhatBelongs(form);
    clearTimeout(timer);
    timer = setTimeout(show, WAIT_MS);
  });
  // What was typed before this script had come.
  const typed = [...form.elements].filter((input) => "defaultValue" in input && input.value !== input.defaultValue);
  typed.forEach(markDifference);
  if (typed.length) show();
}

/** A button that puts hitrate's own words into a text, to begin with. */
function offerWords(words) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet small";
  button.textContent = "Begin with these words";
  button.addEventListener("click", () => {
    const area = document.getElementById(words.dataset.ours);
    if (area.value && !confirm("Replace what is written there?")) return;
    area.value = words.textContent;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  });
  words.after(button);
}

const form = document.getElementById("study-form");
if (form) {
  showWhatBelongs(form);
  previewWhileTyping(form);
  document.querySelectorAll("[data-ours]").forEach(offerWords);
}
document.querySelectorAll("[data-suggest]").forEach(suggestSlug);
