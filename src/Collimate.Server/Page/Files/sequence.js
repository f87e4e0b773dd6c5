/** @file The prompt as the language model reads it: stretches of words and of patches, in their order. */

import { element } from "./dom.js";

/**
 * @param {import("./server.js").Look} look
 * @param {(indices: number[] | null) => void} mark Shows on the picture where a stretch comes from.
 */
export function sequenceOf(look, mark) {
  const stretches = look.sequence.filter((run) => run.tokens?.length || run.text?.trim());
  return element("ol", { class: "sequence", "aria-label": "The prompt in the order in which it is read" }, ...stretches.map((run) => element("li", {}, run.tokens ? patches(run, mark) : words(run))));
}

function words(run) {
  return element("span", { class: `run ${run.kind}` }, run.text.trim());
}

function patches(run, mark) {
  const count = run.tokens.length;
  const [show, hide] = [() => mark(run.tokens), () => mark(null)];
  return element("button", {
    type: "button", class: "run patches", "aria-label": count === 1 ? "1 patch; show it on the picture" : `${count} patches; show them on the picture`,
    onmouseenter: show, onmouseleave: hide, onfocus: show, onblur: hide,
  }, element("span", { class: "tile", "aria-hidden": "true" }), String(count));
}
