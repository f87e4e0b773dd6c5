/** @file The page: joins its parts. */

import { Column } from "./column.js";
import { byId, element } from "./dom.js";
import { offerExamples, suggest } from "./examples.js";
import { KeyRing, NoKeyError } from "./key.js";
import { readLink } from "./link.js";
import { PictureError, fromUrl, takePictures } from "./pictures.js";
import { Server, ServerError } from "./server.js";
import { readSettings } from "./settings.js";

const generalQuestions = ["what is in the picture?", "how many objects are there?"].map((text) => ({ text, answer: null }));

const server = new Server(new KeyRing());
const shown = { words: false, order: false, attention: true };

/** @type {import("./server.js").Model[]} */
let models = [];
/** @type {import("./server.js").Example[]} */
let examples = [];
/** @type {import("./pictures.js").Picture | null} */
let picture = null;
/** @type {Column[]} */
let columns = [];
/** @type {import("./server.js").ExampleQuestion[]} */
let suggested = [];
let answering = 0;

const [first, beside, question] = [byId("model"), byId("beside"), byId("question")];

function notify(message) {
  byId("notice").textContent = message;
  byId("notice").hidden = message === "";
}

/** Tells those who listen rather than look. */
function say(text) {
  byId("status").append(element("p", {}, text));
}

/** Fits the columns to the models that are chosen; a column whose model stays keeps its conversation, a new one is asked the same. */
function arrange() {
  const chosen = [first.value, beside.value].filter((name, k, all) => name !== "" && all.indexOf(name) === k);
  const questions = columns[0]?.questions ?? [];
  const kept = new Map(columns.map((column) => [column.element.getAttribute("aria-label"), column]));
  const added = [];
  columns = chosen.map((name) => {
    const known = kept.get(name);
    kept.delete(name);
    if (known) return known;
    const column = new Column(server, /** @type {any} */ (models.find((model) => model.id === name)), { ...shown }, say);
    column.setPicture(picture);
    added.push(column);
    return column;
  });
  for (const column of kept.values()) column.stop();
  byId("columns").replaceChildren(...columns.map((column) => column.element));
  document.body.classList.toggle("pair", columns.length > 1);
  for (const other of beside.options) other.disabled = other.value === first.value;
  const areBlind = !models.some((model) => chosen.includes(model.id) && model.sees);
  byId("tools").hidden = areBlind;
  if (areBlind) open(); // such models are asked without a picture
  return Promise.all(added.map((column) => replay(column, questions)));
}

async function replay(column, questions) {
  for (const asked of questions) await answered([column], { text: asked, answer: truthOf(asked) });
}

function truthOf(text) {
  return suggested.find((known) => known.text === text)?.answer ?? null;
}

async function answered(asked, { text, answer }) {
  const settings = readSettings();
  if (!settings) return;
  setAnswering(answering + 1);
  byId("status").replaceChildren();
  say("Answering");
  await Promise.all(asked.map((column) => column.ask(text, settings, answer)));
  setAnswering(answering - 1);
}

function setAnswering(count) {
  answering = count;
  const hadFocus = document.activeElement === byId("stop");
  byId("stop").hidden = count === 0;
  byId("ask").hidden = count > 0;
  byId("columns").setAttribute("aria-busy", String(count > 0));
  if (hadFocus && count === 0) question.focus();
}

function ask(text) {
  if (answering > 0 || columns.length === 0) return;
  notify("");
  return answered(columns, { text, answer: truthOf(text) });
}

function open() {
  byId("start").hidden = true;
  byId("work").hidden = byId("composer").hidden = false;
}

function take(taken, questions) {
  notify("");
  picture = taken;
  for (const column of columns) column.setPicture(taken);
  suggested = questions;
  suggest(questions, ({ text }) => ask(text));
  open();
  question.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

async function takeExample(example) {
  take(await fromUrl(example.image, example.title), example.questions);
}

function startAgain() {
  for (const column of columns) column.setPicture(null);
  picture = null;
  suggested = [];
  suggest([], () => {});
  byId("work").hidden = byId("composer").hidden = true;
  byId("start").hidden = false;
  byId("choose").focus();
}

function toggle(what, isOn) {
  shown[what] = isOn;
  byId(`show-${what}`).setAttribute("aria-pressed", String(isOn));
  for (const column of columns) column.show({ ...shown });
}

function fitQuestion() {
  question.style.height = "auto";
  question.style.height = `${question.scrollHeight + 2}px`;
}

/** What scrolls into view must not end up under the question's field. */
function keepFootClear() {
  new ResizeObserver(([foot]) => {
    document.documentElement.style.scrollPaddingBottom = `${foot.borderBoxSize[0].blockSize + 12}px`;
  }).observe(byId("composer"));
}

function listen() {
  keepFootClear();
  takePictures({ button: byId("choose"), input: byId("file"), taken: (found) => take(found, generalQuestions), failed: notify });
  byId("again").addEventListener("click", startAgain);
  for (const what of Object.keys(shown)) byId(`show-${what}`).addEventListener("click", () => toggle(what, !shown[what]));
  byId("stop").addEventListener("click", () => columns.forEach((column) => column.stop()));
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = question.value.trim();
    if (text === "" || answering > 0 || !readSettings()) return;
    question.value = "";
    fitQuestion();
    ask(text);
  });
  question.addEventListener("input", fitQuestion);
  question.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    byId("composer").requestSubmit();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || byId("key").open) return;
    for (const column of columns) {
      column.stop();
      column.release();
    }
  });
  first.addEventListener("change", arrange);
  beside.addEventListener("change", arrange);
}

function offerModels(link) {
  const names = models.map((model) => model.id);
  first.replaceChildren(...names.map((name) => element("option", { value: name }, name)));
  beside.replaceChildren(element("option", { value: "" }, "none"), ...names.map((name) => element("option", { value: name }, name)));
  byId("beside-label").hidden = names.length < 2;
  if (names.includes(link.model)) first.value = link.model;
  if (names.includes(link.beside) && link.beside !== first.value) beside.value = link.beside;
}

async function follow(link) {
  for (const what of link.show ?? []) if (what in shown) toggle(what, true);
  const example = examples[(link.example ?? 0) - 1];
  if (!example) return;
  await takeExample(example);
  const wanted = example.questions[(link.ask ?? 0) - 1];
  if (wanted) await ask(wanted.text);
  for (const column of columns) if (link.word) column.pin(link.word - 1);
}

async function start() {
  listen();
  const link = readLink();
  try {
    models = (await server.models()).filter((model) => model.kind === "chat");
    if (models.length === 0) return notify("This server has no model that answers, only models that embed.");
    offerModels(link);
    arrange();
    document.body.classList.add("ready");
    examples = await server.examples();
    offerExamples(examples, takeExample);
    await follow(link);
  } catch (failure) {
    if (!(failure instanceof ServerError || failure instanceof NoKeyError || failure instanceof PictureError)) throw failure;
    notify(failure.message);
  }
}

start();
