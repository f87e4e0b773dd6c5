/** @file One model at work: the picture as it sees it, and the conversation with it. */

import { Answer } from "./answer.js";
import { element } from "./dom.js";
import { Stage } from "./stage.js";

const anyQuestion = "what is in the picture?";

/**
 * @typedef {{ question: string, answer: Answer, isDone: boolean, look: Promise<import("./server.js").Look | null> | null }} Turn
 */

/** A model's column. */
export class Column {
  /** @type {Turn[]} */ #turns = [];
  /** @type {import("./pictures.js").Picture | null} */ #picture = null;
  /** @type {import("./stage.js").Shown} */ #shown;
  /** @type {AbortController | null} */ #writing = null;
  /** @type {Turn | null} */ #seen = null;
  #server;
  #model;
  #say;
  #stage;
  #log = element("div", { class: "log" });
  #lookNote = element("p", { class: "bad", role: "alert", hidden: true });
  #blank = { question: anyQuestion, look: null };

  /**
   * @param {import("./server.js").Server} server
   * @param {import("./server.js").Model} model
   * @param {import("./stage.js").Shown} shown
   * @param {(text: string) => void} say Tells those who listen rather than look.
   */
  constructor(server, model, shown, say) {
    [this.#server, this.#model, this.#shown, this.#say] = [server, model, shown, say];
    this.#stage = new Stage(model.id);
    this.#stage.show(shown);
    this.element = element("section", { class: "column", "aria-label": model.id },
      element("h2", { class: "name" }, model.id),
      element("div", { class: "sight" }, this.#stage.element, this.#lookNote),
      element("div", { class: "talk" }, this.#log));
  }

  get questions() {
    return this.#turns.map((turn) => turn.question);
  }

  /** @param {import("./pictures.js").Picture | null} picture */
  setPicture(picture) {
    this.stop();
    [this.#picture, this.#turns, this.#seen, this.#blank.look] = [picture, [], null, null];
    this.#log.replaceChildren();
    this.element.classList.toggle("blind", picture === null || !this.#model.sees);
    if (picture) this.#stage.setPicture(picture);
    this.#refresh();
  }

  /** @param {import("./stage.js").Shown} shown */
  show(shown) {
    this.#shown = shown;
    this.#stage.show(shown);
    this.#refresh();
  }

  stop() {
    this.#writing?.abort();
  }

  /** Lets go of a word that was pinned. */
  release() {
    for (const turn of this.#turns) turn.answer.release();
  }

  /**
   * Pins a word of the last answer.
   * @param {number} k
   */
  pin(k) {
    this.#turns.at(-1)?.answer.pin(k);
  }

  /**
   * Asks, and waits until the answer is whole or broken off.
   * @param {string} question
   * @param {object} settings
   * @param {string | null} truth The true answer, where it is known.
   */
  async ask(question, settings, truth) {
    const writing = (this.#writing = new AbortController());
    const before = this.#messages();
    const messages = [...before, { role: "user", content: this.#content(question, before.length === 0) }];
    const turn = /** @type {Turn} */ ({ question, isDone: false, look: null });
    turn.answer = new Answer(this.#model.id, { gazed: (gaze) => this.#gaze(turn, gaze), pinned: () => this.#keepOnly(turn), wanted: () => this.#lookAt(turn) });
    this.#turns.push(turn);
    this.#log.append(element("p", { class: "question" }, question), turn.answer.element);
    turn.answer.element.scrollIntoView({ block: "nearest" });
    let reason = null;
    try {
      for await (const piece of this.#server.answer({ model: this.#model.id, messages, ...settings }, writing.signal)) {
        turn.answer.add(piece.text);
        reason = piece.reason ?? reason;
      }
      turn.answer.end(...notesOn(turn.answer.text, reason, truth));
    } catch (failure) {
      if (writing.signal.aborted) turn.answer.end("stopped");
      else turn.answer.fail(failure.message);
    }
    if (this.#writing === writing) this.#writing = null;
    turn.answer.element.scrollIntoView({ block: "nearest" });
    if (!this.#turns.includes(turn)) return; // another picture came meanwhile
    if (turn.answer.text.trim() === "") {
      this.#say(`${this.#model.id} gave no answer.`);
      return;
    }
    turn.isDone = true;
    this.#say(`${this.#model.id}: ${turn.answer.text}`);
    if (this.#sees) turn.answer.offerAttention();
    this.#refresh();
  }

  get #sees() {
    return this.#picture !== null && this.#model.sees;
  }

  #messages() {
    return this.#turns.filter((turn) => turn.isDone).flatMap((turn, k) => [
      { role: "user", content: this.#content(turn.question, k === 0) },
      { role: "assistant", content: turn.answer.text },
    ]);
  }

  #content(question, isFirst) {
    return isFirst && this.#sees ? [{ type: "image_url", image_url: { url: this.#picture?.url } }, { type: "text", text: question }] : question;
  }

  /** Looks at the last answer, if anything of that look is to be shown. */
  async #refresh() {
    if (!this.#sees || this.#writing) return;
    const last = this.#turns.findLast((turn) => turn.isDone);
    if (!(this.#shown.words || this.#shown.order || (this.#shown.attention && last))) return;
    const asked = last ?? this.#blank;
    this.#stage.expectLook();
    const look = await this.#lookAt(asked);
    const isLast = (this.#turns.findLast((turn) => turn.isDone) ?? this.#blank) === asked;
    if (look && isLast && this.#seen !== asked) this.#present(asked, look);
  }

  #present(turn, look) {
    this.#seen = turn;
    this.#stage.setLook(look);
  }

  async #gaze(turn, gaze) {
    const kept = gaze ? null : this.#turns.find((other) => other !== turn && other.answer.isPinned);
    if (kept) return kept.answer.resume();
    if (gaze && this.#seen !== turn) this.#present(turn, await turn.look);
    if (this.#seen === turn) this.#stage.setGaze(gaze);
  }

  /** One word of the whole conversation is pinned at most. */
  #keepOnly(turn) {
    for (const other of this.#turns) if (other !== turn) other.answer.release();
  }

  /** What the model made of the picture when it was asked that; asked of the server once. */
  #lookAt(turn) {
    turn.look ??= this.#look(turn).catch((failure) => {
      turn.look = null;
      this.#lookNote.textContent = `What the model sees cannot be shown. ${failure.message}`;
      this.#lookNote.hidden = false;
      return null;
    });
    return turn.look;
  }

  async #look(turn) {
    const picture = this.#picture;
    const answer = turn.answer?.text.trim();
    const look = await this.#server.look({ model: this.#model.id, image: picture?.url, question: turn.question, ...(answer && { answer }) });
    this.#lookNote.hidden = true;
    return picture === this.#picture ? look : null;
  }
}

function notesOn(text, reason, truth) {
  const notes = [];
  if (reason === "length") notes.push("cut off at the longest answer that the settings allow");
  if (truth !== null) {
    const isRight = text.trim().toLowerCase().replace(/\.$/, "") === truth.toLowerCase();
    notes.push(element("span", { class: isRight ? "good" : "bad" }, isRight ? "✓ right" : `✗ in truth: ${truth}`));
  }
  return notes;
}
