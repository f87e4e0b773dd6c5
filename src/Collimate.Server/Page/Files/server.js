/** @file What the page asks of the server that it came from, and of nobody else. */

import { eventsOf } from "./events.js";

/**
 * @typedef {{ id: string, kind: string, sees: boolean, context_length: number }} Model
 * @typedef {{ text: string, answer: string | null }} ExampleQuestion
 * @typedef {{ id: string, title: string, image: string, questions: ExampleQuestion[] }} Example
 * @typedef {{ word: string, cosine: number }} NearWord
 * @typedef {{ index: number, x: number | null, y: number, width: number, height: number, place: number | null, rank: number | null, moved: boolean, words: NearWord[] }} LookToken
 * @typedef {{ kind: string, text: string | null, tokens: number[] | null, moved: boolean }} LookRun
 * @typedef {{ model: string, width: number, height: number, rows: number, columns: number, tokens: LookToken[], words_missing: string | null,
 *   reorders: boolean, sequence: LookRun[], answer: { text: string, attention: number[] }[], layers: number[] | null }} Look
 * @typedef {{ role: string, content: string | object[] }} Message
 */

/** A request that failed, in words for whoever asked. */
export class ServerError extends Error {
  /**
   * @param {string} message
   * @param {number} status
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** The server's routes. */
export class Server {
  #keys;

  /** @param {import("./key.js").KeyRing} keys */
  constructor(keys) {
    this.#keys = keys;
  }

  /** @returns {Promise<Model[]>} */
  async models() {
    return (await (await this.#send("/v1/models")).json()).data;
  }

  /** @returns {Promise<Example[]>} */
  async examples() {
    return (await (await this.#send("/api/examples")).json()).data;
  }

  /**
   * @param {object} body
   * @param {AbortSignal} [signal]
   * @returns {Promise<Look>}
   */
  async look(body, signal) {
    return (await this.#send("/api/look", body, signal)).json();
  }

  /**
   * An answer while it is written.
   * @param {object} body
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<{ text: string, reason: string | null }>}
   */
  async *answer(body, signal) {
    const response = await this.#send("/v1/chat/completions", { ...body, stream: true }, signal);
    try {
      for await (const data of eventsOf(/** @type {ReadableStream<Uint8Array>} */ (response.body))) {
        if (data === "[DONE]") return;
        const event = JSON.parse(data);
        if (event.error) throw new ServerError(event.error.message, 500);
        const choice = event.choices[0];
        if (choice) yield { text: choice.delta.content ?? "", reason: choice.finish_reason };
      }
    } catch (failure) {
      throw inWords(failure, signal);
    }
    throw new ServerError("The answer broke off before its end. Ask again.", 0);
  }

  async #send(path, body, signal) {
    while (true) {
      const key = this.#keys.current;
      const headers = { ...(body && { "Content-Type": "application/json" }), ...(key && { Authorization: `Bearer ${key}` }) };
      let response;
      try {
        response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal, cache: "no-store" });
      } catch (failure) {
        throw inWords(failure, signal);
      }
      if (response.ok) return response;
      if (response.status !== 401) throw await told(response);
      await this.#keys.ask(key);
    }
  }
}

async function told(response) {
  const error = await response.json().then((body) => body.error, () => null);
  return new ServerError(error?.message ?? `The server answered ${response.status} and did not say why.`, response.status);
}

function inWords(failure, signal) {
  if (failure instanceof ServerError || signal?.aborted) return failure;
  return new ServerError("The server cannot be reached. It may have stopped; what you asked is still here, so try again when it is back.", 0);
}
