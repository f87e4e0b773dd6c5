/** @file Draws over a picture what a model makes of it: words, order and attention, as shapes in a space 1000 wide. */

import { drawn } from "./dom.js";

/** @typedef {import("./server.js").LookToken} LookToken */

export const width = 1000;
export const mostLabelled = 16; // patches in a row, of which each still has room for a word
const letterWidth = 0.68; // of a bold letter, as a share of its size
const commonShare = 0.2;
const smallestNumber = 12;

/**
 * @param {LookToken} token
 * @param {number} height
 */
export function boxOf(token, height) {
  return { x: (token.x ?? 0) * width, y: token.y * height, width: token.width * width, height: token.height * height };
}

/**
 * The nearest word of every patch. A word that stands on a good part of them is the ground's, and keeps in the background.
 * @param {LookToken[]} tokens
 * @param {number} height
 */
export function wordLayer(tokens, height) {
  const layer = drawn("g", { class: "words" });
  const named = tokens.filter((token) => token.words.length > 0);
  const best = Math.max(...named.map((token) => token.words[0].cosine), 1e-6);
  const counts = Map.groupBy(named, (token) => token.words[0].word);
  for (const token of named) {
    const { word, cosine } = token.words[0];
    const isGround = (counts.get(word)?.length ?? 0) > named.length * commonShare;
    const box = boxOf(token, height);
    const size = Math.min(box.height * (isGround ? 0.17 : 0.3), (box.width * 0.9) / (letterWidth * word.length));
    const label = drawn("g", { class: isGround ? "ground" : "label" });
    const middle = box.y + box.height / 2;
    label.style.opacity = isGround ? "" : String(0.5 + 0.5 * Math.max(0, cosine / best));
    if (!isGround) label.append(drawn("rect", { x: box.x + 3, y: middle - size * 0.85, width: box.width - 6, height: size * 1.7, rx: size * 0.4 }));
    label.append(drawn("text", { x: box.x + box.width / 2, y: middle + size * 0.34, "font-size": size.toFixed(1) }, word));
    layer.append(label);
  }
  return layer;
}

/**
 * The path that the tokens take into the language model, first to last.
 * @param {LookToken[]} tokens
 * @param {number} height
 * @param {boolean} isSmall Whether words stand there too.
 */
export function orderLayer(tokens, height, isSmall) {
  const layer = drawn("g", { class: isSmall ? "order small" : "order" });
  const taken = tokens.filter((token) => token.rank !== null).sort((a, b) => /** @type {number} */ (a.rank) - /** @type {number} */ (b.rank));
  const centres = taken.map((token) => {
    const box = boxOf(token, height);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2, box };
  });
  const steps = Math.max(1, centres.length - 1);
  for (let k = 1; k < centres.length; k++) {
    layer.append(progress(drawn("line", { x1: centres[k - 1].x, y1: centres[k - 1].y, x2: centres[k].x, y2: centres[k].y }), k / steps));
  }
  centres.forEach(({ x, y, box }, k) => {
    const size = Math.min(box.height, box.width) * (isSmall ? 0.19 : 0.3);
    const [cx, cy] = isSmall ? [box.x + size * 0.95, box.y + size * 0.85] : [x, y];
    layer.append(progress(drawn("circle", { cx, cy, r: size * 0.82 }), k / steps));
    if (size >= smallestNumber) layer.append(drawn("text", { x: cx, y: cy + size * 0.34, "font-size": size.toFixed(1) }, String(k + 1)));
  });
  return layer;
}

/**
 * Where a word looked: patches stay as bright as their share of attention says, the brightest with an edge.
 * @param {LookToken[]} tokens
 * @param {number} height
 * @param {number[]} shares
 */
export function attentionLayer(tokens, height, shares) {
  const layer = drawn("g", { class: "attention" });
  const most = Math.max(...tokens.map((token) => shares[token.index]), 1e-9);
  let strongest = null;
  for (const token of tokens) {
    const strength = shares[token.index] / most;
    const box = boxOf(token, height);
    const veil = drawn("rect", { ...box, class: "veil" });
    veil.style.opacity = String(0.76 * (1 - Math.sqrt(strength)));
    const heat = drawn("rect", { ...box, class: "heat" });
    heat.style.opacity = String(0.5 * strength);
    layer.append(veil, heat);
    if (strength === 1) strongest = box;
  }
  if (strongest) layer.append(drawn("rect", { ...inset(strongest, 3), rx: 6, class: "strongest" }));
  return layer;
}

/**
 * Edges around patches.
 * @param {LookToken[]} tokens
 * @param {number} height
 * @param {string} kind
 */
export function markLayer(tokens, height, kind) {
  return drawn("g", { class: `marks ${kind}` }, ...tokens.map((token) => drawn("rect", { ...inset(boxOf(token, height), 2), rx: 5 })));
}

function inset(box, by) {
  return { x: box.x + by, y: box.y + by, width: Math.max(0, box.width - 2 * by), height: Math.max(0, box.height - 2 * by) };
}

function progress(shape, share) {
  shape.style.setProperty("--share", `${Math.round(share * 100)}%`);
  return shape;
}
