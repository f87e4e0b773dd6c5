/** @file A picture with what is drawn over it, what can be read under it, and the way around it by pointer and by keys. */

import { drawn, element } from "./dom.js";
import { attentionLayer, markLayer, mostLabelled, orderLayer, width, wordLayer } from "./overlay.js";
import { readingOf } from "./reading.js";
import { sequenceOf } from "./sequence.js";

/**
 * @typedef {import("./server.js").Look} Look
 * @typedef {{ words: boolean, order: boolean, attention: boolean }} Shown
 * @typedef {{ word: string, shares: number[] }} Gaze What a word of an answer looked at.
 */

/** A picture on which a model's look is shown. */
export class Stage {
  /** @type {Look | null} */ #look = null;
  /** @type {Shown} */ #shown = { words: false, order: false, attention: true };
  /** @type {Gaze | null} */ #gaze = null;
  /** @type {number | null} */ #patch = null;
  #height = width;
  #image = element("img", { class: "picture", alt: "" });
  #drawing = drawn("svg", { preserveAspectRatio: "none", "aria-hidden": "true" });
  #frame;
  #reading = element("p", { class: "reading", "aria-live": "polite" });
  #strip = element("div", { class: "strip" });

  /** @param {string} model */
  constructor(model) {
    this.#frame = element("div", {
      class: "frame", tabindex: "0", role: "application", "aria-roledescription": "patches", "aria-label": `The picture as ${model} sees it. Arrow keys go from patch to patch.`,
      onkeydown: (event) => this.#steer(event),
      onpointermove: (event) => this.#point(event),
      onpointerdown: (event) => this.#point(event),
      onpointerleave: (event) => event.pointerType === "mouse" && this.#turnTo(null),
      onblur: () => this.#turnTo(null),
    }, this.#image, this.#drawing);
    this.element = element("figure", { class: "stage" }, this.#frame, this.#reading, this.#strip);
  }

  /** @param {import("./pictures.js").Picture} picture */
  setPicture(picture) {
    this.#image.setAttribute("src", picture.url);
    this.#image.setAttribute("alt", picture.name);
    this.#height = (width * picture.height) / picture.width;
    this.#frame.style.setProperty("--shape", `${picture.width} / ${picture.height}`);
    this.#frame.style.setProperty("--ratio", String(picture.width / picture.height));
    this.#drawing.setAttribute("viewBox", `0 0 ${width} ${this.#height}`);
    this.setLook(null);
  }

  /** @param {Look | null} look */
  setLook(look) {
    [this.#look, this.#gaze, this.#patch] = [look, null, null];
    this.#draw();
  }

  /** A look is on its way. */
  expectLook() {
    if (!this.#look) this.#reading.replaceChildren("Looking…");
  }

  /** @param {Shown} shown */
  show(shown) {
    this.#shown = shown;
    this.#draw();
  }

  /** @param {Gaze | null} gaze */
  setGaze(gaze) {
    this.#gaze = gaze;
    this.#draw();
  }

  /** The patches that lie somewhere on the picture. */
  get #placed() {
    return this.#look?.tokens.filter((token) => token.x !== null) ?? [];
  }

  #draw() {
    const [look, tokens, height] = [this.#look, this.#placed, this.#height];
    const gaze = this.#shown.attention ? this.#gaze : null;
    const layers = [];
    if (look && gaze) layers.push(attentionLayer(tokens, height, gaze.shares));
    else if (look) {
      const hasWords = this.#shown.words && !look.words_missing && look.columns <= mostLabelled;
      if (hasWords) layers.push(wordLayer(tokens, height));
      if (this.#shown.order) layers.push(orderLayer(tokens, height, hasWords));
    }
    const at = tokens.find((token) => token.index === this.#patch);
    if (at) layers.push(markLayer([at], height, "pointed"));
    this.#drawing.replaceChildren(...layers);
    this.#drawing.classList.toggle("gazing", gaze !== null);
    this.#reading.replaceChildren(...readingOf(look, this.#shown, gaze, at ?? null));
    this.#strip.replaceChildren(...(look && this.#shown.order ? [sequenceOf(look, (indices) => this.#mark(indices))] : []));
  }

  /** Marks the patches of a stretch of the sequence, without drawing all anew. */
  #mark(indices) {
    this.#drawing.querySelector(".marks")?.remove();
    if (indices) this.#drawing.append(markLayer(this.#placed.filter((token) => indices.includes(token.index)), this.#height, "stretch"));
  }

  #turnTo(patch) {
    if (patch === this.#patch) return;
    this.#patch = patch;
    const focused = document.activeElement;
    if (!this.#strip.contains(focused)) this.#draw();
  }

  #point(event) {
    const frame = this.#frame.getBoundingClientRect();
    const [x, y] = [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
    const at = this.#placed.find((token) => x >= /** @type {number} */ (token.x) && x < /** @type {number} */ (token.x) + token.width && y >= token.y && y < token.y + token.height);
    this.#turnTo(at?.index ?? null);
  }

  #steer(event) {
    const tokens = this.#placed;
    const columns = this.#look?.columns ?? 0;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || tokens.length === 0) return;
    event.preventDefault();
    const from = tokens.findIndex((token) => token.index === this.#patch);
    const to = from < 0 ? 0 : step === -Infinity ? 0 : step === Infinity ? tokens.length - 1 : from + step;
    if (tokens[to]) this.#turnTo(tokens[to].index);
  }
}
