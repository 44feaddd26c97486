/** Takes a tag, attributes and children, gives an element; text goes in as text, never as HTML. */

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

/** An HTML element; attributes that begin with "on" are listeners. */
export function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Set an element's text if it is another one: a live region would say an equal one again. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The element with the focus, and the way to it from `node`; nothing where it is not in there. */
function focused(node) {
  const held = document.activeElement;
  if (!node.contains(held) || held === node) return null;
  const way = [];
  for (let at = held; at !== node; at = at.parentNode) way.unshift([...at.parentNode.childNodes].indexOf(at));
  return { held, way };
}

/**
 * Let an element hold these children, and leave it alone if it already holds equal ones: a button would lose the
 * focus, a live region would be read again. A button that comes anew with the same word, for the same thing, keeps the focus.
 */
export function put(node, ...children) {
  const wanted = children.filter((child) => child != null && child !== false);
  const fresh = wanted.map((child) => (child instanceof Node ? child : document.createTextNode(child)));
  const old = node.childNodes;
  if (old.length === fresh.length && fresh.every((child, index) => child.isEqualNode(old[index]))) return;
  const before = focused(node);
  node.replaceChildren(...fresh);
  const after = before?.way.reduce((at, index) => at?.childNodes[index], node);
  if (after && alike(after, before.held)) after.focus({ preventScroll: true });
}

/** Whether two elements say and mean the same: every "Remove" reads alike, and its data tell whom. */
function alike(one, other) {
  const told = (node) => JSON.stringify([node.tagName, node.textContent, node.dataset]);
  return told(one) === told(other);
}

/** Show or hide an element. */
export function show(node, visible) {
  node.hidden = !visible;
}
