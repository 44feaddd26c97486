/** Takes the code that a person types, gives a seat at the page, or says why not. */

import { el, put, say } from "./dom.js";
import { choose, language, load, t } from "./text.js";

const code = el("input", { id: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: "12", pattern: "[0-9]*" });
const go = el("button", { type: "button", id: "go", onclick: enter });
const why = el("p", { id: "why", role: "alert" });
let busy = false;
let told = () => ""; // what is said, in the language of the moment

function draw() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  document.body.dataset.ready = "true";
  code.setAttribute("aria-label", t("Code"));
  put(go, t("Join"));
  say(why, told());
  put(document.getElementById("join"),
    el("span", { class: "brand", "aria-hidden": "true" }),
    el("h1", {}, t("Type the code")),
    el("p", {}, t("It stands on the piece’s screen. No name is asked for.")),
    code, go, why,
    el("button", { type: "button", id: "language", onclick: () => choose(language() === "zh" ? "en" : "zh").then(draw) }, language() === "zh" ? "English" : "中文"));
}

function tell(words) {
  told = words;
  say(why, told());
}

async function enter() {
  if (busy || !code.value.trim()) return;
  busy = go.disabled = true;
  try {
    const answer = await fetch("/api/join", { method: "POST", body: JSON.stringify({ code: code.value.trim() }) });
    if (answer.ok) return location.replace("/");
    tell(() => (answer.status === 429 ? t("Too many wrong codes. Wait a minute.") : t("That code is not right.")));
    code.value = "";
  } catch {
    tell(() => t("The connection is lost."));
  } finally {
    busy = go.disabled = false;
    code.focus();
  }
}

code.addEventListener("keydown", (event) => event.key === "Enter" && enter());
load().then(() => {
  draw();
  const asked = new URLSearchParams(location.search);
  if (asked.has("wrong")) tell(() => t("That code is not right."));
  if (asked.has("again")) tell(() => t("You are no longer in: type the code again, or open the address that the program shows."));
  code.focus();
});
