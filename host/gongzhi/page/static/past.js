/** Takes the decisions, gives a short list of the last ones that have ended: what, how, who, when. */

import { el, put, show } from "./dom.js";
import { icon } from "./icons.js";
import { language, pick, sentence, t } from "./text.js";
import { stateOf, who } from "./words.js";

const ENDED = new Set(["rejected", "expired", "superseded", "withdrawn", "done", "aborted", "undone"]);
const LINES = 6; // a wide window shows three of them (style.css)

export function past(section) {
  const title = el("h2");
  const empty = el("p", { class: "quiet" });
  const list = el("ol");
  section.append(title, empty, list);

  function update(store) {
    put(title, icon("clock"), el("span", {}, t("The last decisions")));
    const ended = [...store.decisions.values()].filter((each) => ENDED.has(each.state)).reverse().slice(0, LINES);
    put(empty, t("None yet"));
    show(empty, ended.length === 0);
    put(list, ...ended.map((each) => line(store, each)));
  }

  return { update };
}

function line(store, decision) {
  const { word, icon: picture, tone } = stateOf(decision.state, decision.reason);
  const time = new Date(decision.at).toLocaleTimeString(language() === "zh" ? "zh-CN" : "en-GB");
  return el(
    "li", { "data-state": decision.state, class: tone },
    icon(picture),
    el("b", {}, word),
    el("span", { class: "what" }, sentence(decision.what, pick(decision.label))),
    el("time", {}, time),
    el("small", {}, decision.state === "expired" ? "" : who(decision.answered || decision.by, store)),
  );
}
