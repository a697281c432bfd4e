// The one polite voice of the page. Tokens never pass through it.

let region = null;
let last = "";

/** Gives the voice its element, a `role="status"`. */
export function speakThrough(element) {
  region = element;
}

/** Says a sentence once; saying the same again at once is not said twice. */
export function announce(text) {
  if (!region || !text || text === last) return;
  last = text;
  region.textContent = text;
}
