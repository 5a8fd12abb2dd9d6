/** The browser's back button: a first press asks, so that no game is left by accident. */

/**
 * @param {object} parts
 * @param {Window} parts.window
 * @param {Record<string, string>} parts.texts
 * @param {() => void} parts.onAsk the question is about to be shown
 * @param {() => void} parts.onLeave the person leaves
 */
export function guardHistory({ window, texts, onAsk, onLeave }) {
  const { document, history } = window;
  let isGuarded = false;
  let dialog = null; // while it is asked
  const guard = () => {
    if (isGuarded) return;
    isGuarded = true;
    history.pushState({ isGame: true }, "");
  };
  const decide = (isLeaving) => {
    dialog.remove();
    dialog = null;
    if (!isLeaving) return guard();
    return onLeave();
  };
  // Browsers pass over entries that a page made before anybody touched it.
  for (const name of ["click", "keydown"])
    window.addEventListener(name, guard, { once: true, capture: true });
  window.addEventListener("popstate", () => {
    isGuarded = false;
    if (dialog) return;
    onAsk();
    dialog = document.body.appendChild(makeDialog(document, texts, decide));
    dialog.showModal();
  });
}

function makeDialog(document, texts, decide) {
  const dialog = document.createElement("dialog");
  dialog.className = "leave-dialog";
  dialog.setAttribute("aria-labelledby", "leave-title");
  const make = (tag, text) => {
    const element = document.createElement(tag);
    element.textContent = text;
    dialog.append(element);
    return element;
  };
  make("h2", texts.leave_title).id = "leave-title";
  make("p", texts.leave_text);
  const button = (text, className, isLeaving) => {
    const element = make("button", text);
    element.type = "button";
    element.className = className;
    element.addEventListener("click", () => decide(isLeaving));
    return element;
  };
  button(texts.leave_button, "leave", true);
  button(texts.stay_button, "primary", false).autofocus = true;
  dialog.addEventListener("cancel", () => decide(false)); // Escape
  return dialog;
}
