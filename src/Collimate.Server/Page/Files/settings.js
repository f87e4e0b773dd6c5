/** @file How answers are drawn: the fields that are folded away under the question. */

import { byId } from "./dom.js";

/** The settings as a request names them; null where a field holds what cannot be, and the browser has said so beside it. */
export function readSettings() {
  const details = byId("settings");
  const settings = {};
  for (const field of details.querySelectorAll("input")) {
    if (!field.checkValidity()) {
      details.open = true;
      field.reportValidity();
      return null;
    }
    if (field.value !== "") settings[field.name] = field.valueAsNumber;
  }
  return settings;
}
