/** Takes a decision's state, its level or its author, gives the word, the shape and the colour that stand for it. */

import { OPERATOR, seatWord } from "./seats.js";
import { pick, sentence, t } from "./text.js";

/** {word, icon, tone} of a decision's state. */
export function stateOf(state, reason = "") {
  if (state === "withdrawn" && reason === "shadow") return { word: t("Only noted"), icon: "pen", tone: "none" };
  switch (state) {
    case "draft": return { word: t("The machine thinks"), icon: "chip", tone: "machine" };
    case "proposed": return { word: t("Waits for a person"), icon: "question", tone: "human" };
    case "deferred": return { word: t("The machine is not sure"), icon: "question", tone: "human" };
    case "confirmed": return { word: t("Agreed"), icon: "check", tone: "yes" };
    case "edited": return { word: t("Changed"), icon: "pen", tone: "yes" };
    case "rejected": return { word: t("Refused"), icon: "cross", tone: "no" };
    case "expired": return { word: t("Nobody decided"), icon: "hourglass", tone: "none" };
    case "superseded": return { word: t("Replaced"), icon: "swap", tone: "none" };
    case "withdrawn": return { word: t("Taken back"), icon: "back", tone: "none" };
    case "executing": return { word: t("Being done"), icon: "gear", tone: "act" };
    case "done": return { word: t("Done"), icon: "done", tone: "act" };
    case "aborted": return { word: t("Broken off"), icon: "broken", tone: "no" };
    case "undone": return { word: t("Undone"), icon: "undo", tone: "none" };
    default: return { word: String(state), icon: "info", tone: "none" };
  }
}

/** What a level of the dial means, in few words. */
export function levelWord(level) {
  switch (level) {
    case "A0": return t("only people act");
    case "A1": return t("only a hint");
    case "A2": return t("asks first");
    case "A3": return t("acts unless you say no");
    case "A4": return t("acts and tells you");
    case "A5": return t("acts by itself");
    default: return "";
  }
}

/** Why the level in force is lower than the one asked for, or why it is asked once more; "" when neither is so. */
export function loweredBy(level) {
  const again = level?.by === "late" || level?.by === "conflict" || level?.by === "waited";
  if (!level || (level.eff === level.req && !again)) return "";
  switch (level.by) {
    case "hazard": return t("because this could hurt somebody");
    case "confidence": return t("because the machine is not sure");
    case "freshness": return t("because the picture is old");
    case "link": return t("because the connection is weak");
    case "stop": return t("because everything is stopped");
    case "journal": return t("because it could not be recorded");
    case "late": return t("because the answer came late");
    case "conflict": return t("because two people disagreed");
    case "cost": return t("because a mistake would cost too much");
    case "sim": return t("because a drawn person moves no real board");
    case "rule": return t("because the rule says so");
    case "gone": return t("because what it saw was over");
    case "waited": return t("because it had to wait its turn");
    case "holder": return t("because a person has taken it over");
    case "handback": return t("because a person has just given it back");
    default: return "";
  }
}

/** Who acted, in words: "human:operator#page", "human:owner#door", "agent:pose", "dial". */
export function who(by, store) {
  if (!by) return "";
  const [, seat] = /^human:[^#]*#(.+)$/.exec(by) ?? [];
  if (by === store.seat) return t("this page");
  if (by === OPERATOR) return t("whoever runs the piece");
  if (seatWord(by)) return seatWord(by);
  if (seat !== undefined) {
    const board = store.hello?.boards?.find((each) => each.id === seat);
    return board ? t("the button on the {board}", { board: pick(board.label, seat) }) : seat;
  }
  if (by.startsWith("human:")) return t("a person");
  if (by.startsWith("board:")) {
    const board = store.hello?.boards?.find((each) => `board:${each.id}` === by);
    return pick(board?.label, by.slice("board:".length));
  }
  if (by === "clock") return t("the clock");
  if (by === "journal" || by === "runtime") return t("the runtime");
  if (by === "dial" || by.startsWith("agent:")) return t("the machine by itself");
  return by;
}

/** What people read of a label that is taught: the project's own words for its action. */
export function labelOf(store, school, label) {
  return sentence(store.hello?.actions?.[school.names[label]], label);
}

/** True if `by` names a person. */
export function isPerson(by) {
  return Boolean(by?.startsWith("human:"));
}

/** The same as a line of its own. */
export function from(by, store) {
  const found = who(by, store);
  return found && t("From: {who}", { who: found });
}

/** The same of a stop; a board that was stopped at its own button says so itself. */
export function stoppedBy(by, store) {
  const board = store.hello?.boards?.find((each) => `board:${each.id}` === by);
  if (!board) return from(by, store);
  const said = { board: pick(board.label, board.id) };
  return board.parts?.some((each) => each.answers) ? t("The {board} had been stopped: at its button (held for 3 seconds), or with the room.", said) : t("The {board} has stopped itself.", said);
}

/** Why something ended as it did, if there is a word for it. */
export function reasonWord(reason) {
  switch (reason) {
    case "": case null: case undefined: return "";
    case "late_yes": return t("The yes came too late.");
    case "late_no": return t("The no came later, so it was taken back.");
    case "changed": return t("The question had changed meanwhile.");
    case "conflict": return t("Two people said different things, so nothing is done.");
    case "stop": case "stopped": return t("Somebody pressed Stop.");
    case "link": case "lwt": return t("The board cannot be reached.");
    case "unasked": return t("It was not asked: nobody was there, or there were too many questions.");
    case "recovered": return t("The program was started anew.");
    case "newer": return t("A newer proposal took its place.");
    case "rank": return t("Another source of the machine goes first.");
    case "shadow": return t("The machine only notes what it would have done.");
    case "silent": return t("The board did not answer.");
    case "journal": return t("It could not be recorded.");
    case "sim_block": return t("A drawn person moves no real board.");
    case "session": return t("Whoever asked for it has left.");
    case "dial": return t("Somebody gave the machine less to decide.");
    case "model": return t("The model is another version now; it asks anew.");
    case "lease": case "override": case "pingpong": return t("A person has taken this over.");
    case "takeover": return t("What it went by is gone, so it does not go on.");
    case "limit": return t("A rule on the board itself keeps it at rest.");
    case "undo": case "no": case "silence": case "rest": case "taken": return "";
    default: return t("The board refused it ({reason}).", { reason });
  }
}

/** Why an answer did not do what it says; "" where there is nothing to say. */
export function toldWord(code) {
  switch (code) {
    case "late_yes": return t("Too late: the time was over.");
    case "late_no": return t("Sorry, it was done already. It ends as soon as it can.");
    case "conflict": return t("Two people said different things, so nothing is done.");
    case "changed": case "locked": return t("The question has just changed. Look again.");
    case "already": return t("Somebody else has agreed already.");
    case "room": return t("The teacher has stopped the whole room.");
    case "outranked": return t("Somebody with more responsibility has to decide this.");
    case "rate": return t("Too many answers at once. Slowly!");
    case "unknown": return t("That question is over.");
    case "verb": return t("That is not possible here.");
    case "hint": return t("That was only a hint. Set the value yourself.");
    case "range": return t("The part cannot take that value.");
    case "stopped": return t("Somebody pressed Stop.");
    case "link": return t("The board cannot be reached.");
    case "journal": return t("It could not be recorded.");
    case "taken": return t("Another person has it just now.");
    case "refused": return t("The board did not take it.");
    case "pingpong": return t("Person and machine take it from each other. A teacher should look.");
    case "asked": return t("The machine is not sure and asks you.");
    case "exhibition": return t("It is shown to visitors: nothing is taught now.");
    case "consent": return t("Whoever is in it has not agreed yet: note it first.");
    case "label": return t("A label has 1 to 40 characters, without / and \\.");
    case "cap": return t("Enough from this seat: measure first, or take some back.");
    case "full": return t("So much waits that nobody could look at it: measure first, or take some back.");
    case "short": return t("Too little was seen to learn from. Stay in the picture, and try again.");
    case "worse": return t("The lesson has made something worse: it does not count.");
    case "nothing": return t("There is no version to go back to.");
    default: return "";
  }
}

/** The same for the decision or the output `id`, near which it is shown; "" when nothing was said of it just now. */
export function toldFor(store, id) {
  const told = store.told;
  return told && told.id === id && told.verb !== "explain" && performance.now() < told.until ? toldWord(told.code) : "";
}

/** That an act stands no longer, and how long it stood; "" while it does. */
export function endWord(decision) {
  if (decision.state !== "done" || !decision.over) return "";
  return t("ended after {seconds} s", { seconds: Math.round(decision.total_ms / 100) / 10 });
}
