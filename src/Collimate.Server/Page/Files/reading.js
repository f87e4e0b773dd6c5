/** @file What stands under a picture: in words, what the overlay shows or what is pointed at. */

import { element } from "./dom.js";
import { mostLabelled } from "./overlay.js";

/**
 * @param {import("./server.js").Look | null} look
 * @param {import("./stage.js").Shown} shown
 * @param {import("./stage.js").Gaze | null} gaze
 * @param {import("./server.js").LookToken | null} patch
 * @returns {(Node | string)[]}
 */
export function readingOf(look, shown, gaze, patch) {
  if (!look) return [];
  if (look.columns === 0) return ["This model's visual tokens lie on no places of the picture, so nothing can be drawn over it."];
  if (patch) return ofPatch(look, gaze, patch);
  if (gaze) return ofGaze(look, gaze);
  if (shown.words && look.words_missing) return [`No words: ${look.words_missing}`];
  if (shown.words && look.columns > mostLabelled) return [`The picture has ${look.tokens.length} patches, too small for words to stand on. Point at one to read its words.`];
  if (shown.words) return ["The word that each patch is nearest to; the fainter, the further. Point at a patch for more."];
  if (shown.order) return [look.reorders
    ? "The path of the patches into the language model, from the first in blue to the last in orange."
    : "This model takes its patches in reading order, row by row."];
  return shown.attention && look.answer.length > 0 ? ["Point at a word of the answer to see where the model looked for it."] : [];
}

function ofPatch(look, gaze, patch) {
  const [row, column] = placeOf(look, patch);
  const facts = [strong(`Row ${row}, column ${column}`)];
  if (patch.words.length > 0) facts.push(...patch.words.map((near, k) => element("span", { class: k === 0 ? "near first" : "near" }, `${near.word} `, element("small", {}, near.cosine.toFixed(2)))));
  if (patch.rank !== null) facts.push(`enters ${ordinal(patch.rank + 1)} of ${look.tokens.length}`);
  if (gaze) facts.push(`${percent(gaze.shares[patch.index])} of “${gaze.word}”`);
  return separated(facts);
}

function ofGaze(look, gaze) {
  const all = gaze.shares.reduce((sum, share) => sum + share, 0);
  const most = look.tokens.reduce((best, token) => (gaze.shares[token.index] > gaze.shares[best.index] ? token : best));
  const facts = [strong(`“${gaze.word}”`), `${percent(all)} of its attention went to the picture`];
  if (most.x !== null) {
    const [row, column] = placeOf(look, most);
    facts.push(`most, ${percent(gaze.shares[most.index])}, to row ${row}, column ${column}${most.words[0] ? ` (${most.words[0].word})` : ""}`);
  }
  return separated(facts);
}

/** Row and column from 1: tokens that lie nowhere, such as a class token, stand before those that lie somewhere. */
function placeOf(look, patch) {
  const at = patch.index - look.tokens.findIndex((token) => token.x !== null);
  return [Math.floor(at / look.columns) + 1, (at % look.columns) + 1];
}

function strong(text) {
  return element("strong", {}, text);
}

function separated(facts) {
  return facts.flatMap((fact, k) => (k === 0 ? [fact] : [" · ", fact]));
}

function percent(share) {
  return share >= 0.1 ? `${Math.round(share * 100)} %` : `${(share * 100).toFixed(1)} %`;
}

function ordinal(number) {
  const ending = number % 100 >= 11 && number % 100 <= 13 ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[number % 10] ?? "th");
  return `${number}${ending}`;
}
