/** @file An answer in the conversation: text while it is written, then words that tell where the model looked. */

import { element } from "./dom.js";
import { attentionOf, wordsOf } from "./words.js";

/** One answer of one model. */
export class Answer {
  #text = "";
  #body = element("p", { class: "text" });
  #notes = element("p", { class: "note" });
  /** @type {HTMLElement[]} */ #words = [];
  /** @type {HTMLElement | null} */ #pinned = null;
  /** @type {(number[] | null)[] | null} */ #attention = null;
  #model;
  #gazed;
  #pinnedNow;
  #wanted;

  /**
   * @param {string} model
   * @param {{ gazed: (gaze: import("./stage.js").Gaze | null) => void, pinned: () => void, wanted: () => Promise<import("./server.js").Look | null> }} listener
   *   Told what the word in question looked at, and that a word was pinned; gets the look at this answer.
   */
  constructor(model, { gazed, pinned, wanted }) {
    [this.#model, this.#gazed, this.#pinnedNow, this.#wanted] = [model, gazed, pinned, wanted];
    this.element = element("div", { class: "answer writing" }, this.#body, this.#notes);
  }

  get isPinned() {
    return this.#pinned !== null;
  }

  get text() {
    return this.#text;
  }

  /** @param {string} piece */
  add(piece) {
    this.#text += piece;
    this.#body.append(piece);
  }

  /**
   * The answer is whole, or as whole as it will be.
   * @param {...(Node | string)} notes What is to be said about it.
   */
  end(...notes) {
    this.element.classList.remove("writing");
    if (this.#text.trim() === "") this.#body.replaceChildren(element("em", { class: "soft" }, "No words came."));
    this.#notes.replaceChildren(...notes.flatMap((note, k) => (k === 0 ? [note] : [" · ", note])));
  }

  /** @param {string} message */
  fail(message) {
    this.element.classList.remove("writing");
    this.element.append(element("p", { class: "bad", role: "alert" }, message));
  }

  /** Makes the words answer to pointer, touch and keys. */
  offerAttention() {
    const words = wordsOf(this.#text);
    if (words.length === 0) return;
    this.#words = words.map((word, k) => element("span", {
      class: "word", role: "button", "aria-pressed": "false", tabindex: k === 0 ? "0" : "-1",
      onmouseenter: () => this.#turnTo(k), onmouseleave: () => this.#settle(),
      onfocus: () => this.#turnTo(k), onblur: () => this.#settle(),
      onclick: () => this.pin(k), onkeydown: (event) => this.#steer(event, k),
    }, word.text));
    const parts = [];
    let at = 0;
    words.forEach((word, k) => {
      parts.push(this.#text.slice(at, word.start), this.#words[k]);
      at = word.end;
    });
    this.#body.replaceChildren(element("span", { role: "group", "aria-label": `Words of ${this.#model}'s answer; arrow keys go from word to word` }, ...parts, this.#text.slice(at)));
  }

  /** Lets go of a word that was pinned. */
  release() {
    if (!this.#pinned) return;
    this.#pinned.setAttribute("aria-pressed", "false");
    this.#pinned = null;
    this.#gazed(null);
  }

  /**
   * Keeps what a word looked at on the picture, or lets go of it.
   * @param {number} k
   */
  pin(k) {
    const word = this.#words[k];
    if (!word) return;
    const isNew = this.#pinned !== word;
    this.release();
    if (!isNew) return;
    this.#pinnedNow();
    this.#pinned = word;
    word.setAttribute("aria-pressed", "true");
    this.#turnTo(k);
  }

  /** Shows the pinned word again. */
  resume() {
    if (this.#pinned) this.#turnTo(this.#words.indexOf(this.#pinned));
  }

  async #turnTo(k) {
    const word = this.#words[k];
    word.classList.add("turned");
    if (!this.#attention) {
      const look = await this.#wanted();
      if (!look) return;
      this.#attention = attentionOf(wordsOf(this.#text), look.answer);
    }
    const shares = this.#attention[k];
    if (shares && word.classList.contains("turned")) this.#gazed({ word: bare(word.textContent ?? ""), shares });
  }

  #settle() {
    for (const word of this.#words) word.classList.remove("turned");
    const at = this.#pinned ? this.#words.indexOf(this.#pinned) : this.#words.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (at >= 0) this.#turnTo(at);
    else this.#gazed(null);
  }

  #steer(event, k) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.pin(k);
      return;
    }
    const to = { ArrowLeft: k - 1, ArrowRight: k + 1, Home: 0, End: this.#words.length - 1 }[event.key];
    if (to === undefined || !this.#words[to]) return;
    event.preventDefault();
    this.#words[k].tabIndex = -1;
    this.#words[to].tabIndex = 0;
    this.#words[to].focus();
  }
}

/** A word without the marks around it. */
function bare(word) {
  return word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "") || word;
}
