/** The page of an upload: takes what is dropped or chosen, sends it, begins the import. */

import { Waiter, insist } from "../game/retry.js";
import { UploadApi } from "./api.js";
import { fromDrop, fromInput, gathered, suggestedName } from "./picking.js";
import { Announcer, Speed, counted, far, told } from "./progress.js";
import { Sender, StoppedError } from "./sender.js";

const MOST_NAMED = 100;
const NO_ANSWER = "The server does not answer. It is tried again until it does; nothing is lost.";
const element = (id) => document.getElementById(id);
const form = element("upload");
const limits = JSON.parse(form.dataset.limits);
const waiter = new Waiter();
const speed = new Speed();
const announcer = new Announcer((text) => (element("said").textContent = text));
const api = new UploadApi(form.dataset.uploads, form.elements.form_token.value);
api.upload = form.dataset.upload ?? null;
let chosen = [];
let isSending = false;

function choose(more) {
  chosen = gathered([...chosen, ...more]);
  const bytes = chosen.reduce((sum, { file }) => sum + file.size, 0);
  element("chosen").textContent = chosen.length
    ? `${counted(chosen.length)} chosen, ${told(bytes)}`
    : "No file was found there.";
  const name = element("name");
  if (name && !name.value) name.value = suggestedName(chosen);
  complain("");
}

function complain(message) {
  element("wrong").textContent = message;
  element("wrong").hidden = !message;
}

for (const id of ["files", "folder"])
  element(id).addEventListener("change", (event) => choose(fromInput(event.target.files)));

const drop = element("drop");
drop.querySelector(".drop-words").hidden = false;
for (const name of ["dragenter", "dragover"])
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
drop.addEventListener("dragleave", (event) => {
  if (!drop.contains(event.relatedTarget)) drop.classList.remove("over");
});
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  try {
    choose(await fromDrop(event.dataTransfer));
  } catch (error) {
    complain(`What was dropped cannot be read (${error.message}); choose it with the buttons.`);
  }
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (chosen.length === 0) complain("Choose photographs, a folder or a zip file first.");
  else if (!isSending) upload();
});

async function upload() {
  isSending = true;
  complain("");
  try {
    form.hidden = true;
    element("sending").hidden = false;
    element("sending-title").focus();
    if (api.upload === null) await begin();
    await send();
    await finish(false);
  } catch (error) {
    isSending = false;
    form.hidden = false;
    element("sending").hidden = true;
    complain(
      error instanceof StoppedError
        ? error.message
        : `Something went wrong (${error.message}); send again: what has come is kept.`,
    );
    element("wrong").scrollIntoView({ block: "center" });
  }
}

/** Ask until the server itself answers. */
function answered(ask) {
  const isOurs = ({ status, body }) => body !== null && status < 500 && status !== 429;
  const once = async () => {
    const answer = await ask();
    return isOurs(answer) ? answer : undefined;
  };
  return insist(once, { waiter, onTrouble: tellTrouble });
}

function tellTrouble(has_trouble) {
  const trouble = element("trouble");
  const words = has_trouble ? NO_ANSWER : "";
  trouble.hidden = !has_trouble;
  if (trouble.textContent !== words) trouble.textContent = words;
}

/** From here on the address is the upload's, so that a reload goes on with it. */
async function begin() {
  const { status, body } = await answered(() => api.begin(element("name").value.trim()));
  if (status !== 201) throw new StoppedError(body.message);
  api.upload = body.upload;
  element("name").readOnly = true;
  history.replaceState(null, "", form.dataset.page.replace("UPLOAD", body.upload));
}

async function send() {
  const sender = new Sender({ api, waiter, limits, onChange: show });
  const pause = element("pause");
  pause.onclick = () => {
    if (sender.status.is_paused) sender.resume();
    else sender.pause();
    pause.textContent = sender.status.is_paused ? "Go on" : "Pause";
  };
  await sender.send(chosen);
  pause.hidden = true;
}

function show(status) {
  const now = performance.now();
  speed.note(now, status.bytes_sent);
  const bar = element("bar");
  bar.max = Math.max(1, status.bytes);
  bar.value = status.bytes_sent;
  const words = far(status, speed.left(status.bytes - status.bytes_sent));
  element("far").textContent = words;
  announcer.now_and_then(now, words);
  tellTrouble(status.has_trouble);
  const refused = element("not-taken");
  refused.hidden = status.refused.length === 0;
  refused.querySelector("summary").textContent = `${counted(status.refused.length)} not taken`;
  list(refused.querySelector("ul"), status.refused.map(({ path, reason }) => `${path}: ${reason}`));
}

function list(where, lines) {
  const shown = lines.slice(0, MOST_NAMED);
  if (lines.length > shown.length) shown.push(`… and ${lines.length - shown.length} more`);
  if (where.children.length === shown.length) return;
  where.replaceChildren(
    ...shown.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    }),
  );
}

async function finish(without_missing) {
  const first_frame = form.elements.first_frame.checked;
  element("far").textContent = "Everything is sent.";
  const { status, body } = await answered(() => api.finish({ first_frame, without_missing }));
  if (status === 202) {
    isSending = false;
    location.assign(form.dataset.page.replace("UPLOAD", api.upload));
  } else if (status === 409 && body.missing?.length) {
    askForMissing(body);
  } else {
    throw new StoppedError(body.message);
  }
}

/** Files that were announced before, and are not among those that were chosen now. */
function askForMissing({ n_missing, missing }) {
  isSending = false;
  form.hidden = false;
  const trouble = element("trouble");
  trouble.textContent = `${counted(n_missing)} that were announced before did not come whole (first: ${missing[0]}). Choose them too and send again, or import without them.`;
  trouble.hidden = false;
  const without = element("without");
  without.hidden = false;
  without.onclick = () => finish(true).catch((error) => complain(error.message));
}

addEventListener("online", () => waiter.wake());
addEventListener("beforeunload", (event) => {
  if (isSending) event.preventDefault();
});
