/** @file A link to a state of the page: `/#example=1&ask=2&model=a&beside=b&show=words,order&word=1`, all numbers from 1. */

/** @returns {{ example: number | null, ask: number | null, word: number | null, model: string | null, beside: string | null, show: string[] | null }} */
export function readLink() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const number = (/** @type {string} */ name) => Number.parseInt(parts.get(name) ?? "", 10) || null;
  return {
    example: number("example"), ask: number("ask"), word: number("word"), model: parts.get("model"), beside: parts.get("beside"),
    show: parts.get("show")?.split(",") ?? null,
  };
}
