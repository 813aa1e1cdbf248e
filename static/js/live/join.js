import { find } from "../lib/dom.js";

/** A whole code shows the class that it opens, before a name is given. */

const WHOLE = /^[a-z]{3}[^a-z0-9]*[0-9]{3}$/i;
const code = /** @type {HTMLInputElement | null} */ (find("#code"));
const name = /** @type {HTMLInputElement | null} */ (find("#nickname"));

code?.addEventListener("input", () => {
  const typed = code.value.trim();
  if (WHOLE.test(typed) && !name?.value) location.replace(`/join?code=${encodeURIComponent(typed)}`);
});
