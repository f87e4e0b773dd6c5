/** @file The API key: asked for when the server wants one, kept until the tab is closed. */

import { byId } from "./dom.js";

const place = "collimate-key";

/** Nobody gave a key. */
export class NoKeyError extends Error {}

/** Holds the key that requests bring. */
export class KeyRing {
  /** @type {Promise<void> | null} */
  #asking = null;
  #dialog = byId("key");
  #field = byId("key-field");
  #note = byId("key-note");

  /** @returns {string | null} */
  get current() {
    return sessionStorage.getItem(place);
  }

  /**
   * Asks for another key; all who need one at once wait for the same answer.
   * @param {string | null} refused The key that was not good enough.
   */
  ask(refused) {
    if (refused !== this.current) return Promise.resolve(); // another request has brought a new one meanwhile
    this.#asking ??= this.#open(refused !== null).finally(() => (this.#asking = null));
    return this.#asking;
  }

  #open(isWrong) {
    if (isWrong) this.#note.textContent = "That key is not right. Try another.";
    this.#note.classList.toggle("bad", isWrong);
    this.#field.value = this.#dialog.returnValue = "";
    this.#dialog.showModal();
    return new Promise((resolve, reject) => {
      this.#dialog.addEventListener("close", () => {
        if (this.#dialog.returnValue !== "given") return reject(new NoKeyError("Without a key this server does not answer. Load the page again to enter one."));
        sessionStorage.setItem(place, this.#field.value.trim());
        resolve(undefined);
      }, { once: true });
    });
  }
}
