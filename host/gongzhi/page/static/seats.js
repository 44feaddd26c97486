/** Takes who has joined, gives whoever runs the piece a panel: a QR code and a number to join with, and who is there. */

import { el, put } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./text.js";

const EVERY = 2000; // ms between looks at who has joined while the panel is open

/** A panel for the button `opener`; it asks the server itself, for codes are nobody else's business. */
export function seats(opener) {
  const box = el("dialog", { class: "seats" });
  document.body.append(box);
  let timer = 0;
  opener.addEventListener("click", () => {
    if (box.open) return box.close();
    box.style.setProperty("--under", `${document.getElementById("top").getBoundingClientRect().bottom}px`);
    box.show(); // not modal: Stop can be pressed beside it
    // It lies at the page's end: whoever has no mouse is led there, and back.
    look().then(() => box.querySelector("#closeseats")?.focus({ preventScroll: true }));
    timer = setInterval(look, EVERY);
  });
  box.addEventListener("close", () => {
    clearInterval(timer);
    opener.focus();
  });

  async function ask(body) {
    const answer = await fetch("/api/seats", body ? { method: "POST", body: JSON.stringify(body) } : {});
    if (answer.ok) draw(await answer.json());
  }

  const look = () => ask().catch(() => {}); // the page itself says when the connection is lost

  function draw({ codes, seats: rows, url, teacher }) {
    put(box,
      el("h2", {}, t("Let tablets and phones join")),
      el("p", {}, url ? t("Scan the code, or open {url} and type the number.", { url }) : t("Only this computer can open the page. For tablets start with --host 0.0.0.0.")),
      el("div", { class: "codes" }, ...(url ? [one("visitor", codes.visitor, t("Visitors: may say no and stop")), one("owner", codes.owner, t("The team: may say yes, too"))] : [])),
      el("p", { class: "quiet" }, teacher ? t("The teacher joins with the teacher’s PIN.") : t("No teacher’s PIN is set: gongzhi room pin.")),
      el("ul", {}, ...rows.map((row) => el("li", {}, el("span", {}, seatWord(row.seat)),
        el("button", { type: "button", "data-seat": row.seat, onclick: () => ask({ remove: row.seat }) }, icon("cross"), t("Remove"))))),
      el("div", { class: "row" },
        el("button", { type: "button", id: "newcodes", onclick: () => ask({ renew: true }) }, icon("again"), t("New numbers")),
        el("button", { type: "button", id: "closeseats", onclick: () => box.close() }, t("Close"))));
  }
}

function one(role, code, word) {
  return el("div", { class: "code", "data-role": role }, el("p", {}, word),
    el("img", { src: `/api/join.svg?role=${role}&n=${code}`, alt: word }), el("output", {}, code));
}

export const OPERATOR = "human:operator#page"; // page/seats.py: whoever sits at the address that the program shows

/** Keep who sits here: what the connection's first message says. */
export function sit(store, { role, seat }) {
  store.role = role ?? "operator";
  store.seat = seat ?? OPERATOR;
}

/** True where what comes into force, and what is allowed again, is for whoever sits here to say. */
export function inCharge(store) {
  return store.role === "operator" || store.role === "teacher";
}

/** "human:visitor#v3" in words; "" for a seat that nobody has joined at. */
export function seatWord(by) {
  const [, role, number] = /^human:(visitor|owner|teacher)#[vot](\d+)$/.exec(by) ?? [];
  switch (role) {
    case "visitor": return t("visitor {n}", { n: number });
    case "owner": return t("team member {n}", { n: number });
    case "teacher": return t("teacher {n}", { n: number });
    default: return by === "human:teacher#all" ? t("the teacher") : "";
  }
}
