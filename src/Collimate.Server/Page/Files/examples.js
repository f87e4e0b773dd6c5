/** @file Pictures to click, for whoever has none at hand. */

import { byId, element } from "./dom.js";

/**
 * @param {import("./server.js").Example[]} examples
 * @param {(example: import("./server.js").Example) => void} taken
 */
export function offerExamples(examples, taken) {
  const box = byId("examples");
  box.querySelector("ul").replaceChildren(...examples.map((example, k) => element("li", {},
    element("button", { type: "button", class: "example", "aria-label": `Example ${k + 1}: ${example.title}`, onclick: () => taken(example) },
      element("img", { src: example.image, alt: "", width: "96", height: "96" }),
      element("span", {}, example.questions[0].text)))));
  box.hidden = examples.length === 0;
}

/**
 * Questions to click, above the field for one's own.
 * @param {import("./server.js").ExampleQuestion[]} questions
 * @param {(question: import("./server.js").ExampleQuestion) => void} asked
 */
export function suggest(questions, asked) {
  byId("suggestions").replaceChildren(...questions.map((question) => element("li", {},
    element("button", { type: "button", onclick: () => asked(question) }, question.text))));
}
