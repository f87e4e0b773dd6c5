/** @file The words of an answer, and what each of them looked at. */

/**
 * @typedef {{ text: string, start: number, end: number }} Word
 */

/**
 * @param {string} text
 * @returns {Word[]}
 */
export function wordsOf(text) {
  return [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], start: match.index, end: match.index + match[0].length }));
}

/**
 * What every word looked at: the mean over the tokens that it is made of. Tokens and words are matched by their
 * letters alone, since a tokenizer may spell the spaces between them otherwise.
 * @param {Word[]} words
 * @param {{ text: string, attention: number[] }[]} tokens
 * @returns {(number[] | null)[]} For every word a share for every visual token; null where no token spells it.
 */
export function attentionOf(words, tokens) {
  let at = 0;
  const spans = tokens.map((token) => ({ token, start: at, end: (at += lettersIn(token.text)) }));
  at = 0;
  return words.map((word) => {
    const [start, end] = [at, (at += lettersIn(word.text))];
    return mean(spans.filter((span) => span.start < end && span.end > start).map((span) => span.token.attention));
  });
}

function lettersIn(text) {
  return text.replace(/\s+/g, "").length;
}

function mean(rows) {
  return rows.length === 0 ? null : rows[0].map((_, k) => rows.reduce((sum, row) => sum + row[k], 0) / rows.length);
}
