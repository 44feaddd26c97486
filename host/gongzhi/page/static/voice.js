/** Takes the coach's newest line, has the browser's own voice read it out; a switch turns that off. Nothing leaves the
 * computer: only voices that live on it are used, and where there is none the text alone stands there. */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { language, pick, t } from "./text.js";

const PLACE = "gongzhi.voice";
const speech = window.speechSynthesis;
let last = null; // the line that was read out, or that came before this page
let on = recall();

// A browser may forbid storage; then the switch lasts as long as the page.
function recall() {
  try {
    return localStorage.getItem(PLACE) !== "off";
  } catch {
    return true;
  }
}

/** A voice of this computer that speaks the reader's language. */
function voice() {
  return speech?.getVoices().find((each) => each.localService && each.lang.toLowerCase().startsWith(language()));
}

/** Read out what is new in `notice`, the coach's; nothing while everything is stopped. */
export function read(notice, store) {
  if (!speech || !store.hello?.voice) return;
  if (store.stopped?.on || !store.linked || !on) speech.cancel();
  if (!notice || notice === last) return;
  last = notice;
  const found = voice();
  if (!on || !found || notice.age_ms || store.stopped?.on) return;
  const said = new SpeechSynthesisUtterance(pick(notice.voice));
  said.voice = found;
  said.lang = found.lang;
  speech.speak(said);
}

/** The switch beside the line; without a voice it says why nothing is heard. */
export function toggle(store) {
  if (!store.hello?.voice) return null;
  const can = Boolean(voice());
  const word = !can ? t("This browser has no voice of its own: read along.") : on ? t("Read out: on") : t("Read out: off");
  return el("button", { type: "button", id: "voice", "aria-pressed": String(can && on), disabled: !can, onclick: flip },
    icon(can && on ? "sound" : "silent"), el("span", {}, word));
}

function flip() {
  on = !on;
  if (!on) speech.cancel();
  try {
    localStorage.setItem(PLACE, on ? "on" : "off");
  } catch {
    // See above.
  }
}
