// Keeps the page as it is on the server, without losing what is open, selected or being written.
"use strict";

const PERIOD = 1000; // milliseconds
const news = document.getElementById("news");

/** Make `old` like `fresh`, keeping every node that did not change; elements with an id are found again by it. */
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE || old.tagName !== fresh.tagName || old.id !== fresh.id) {
    old.replaceWith(shown(fresh));
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  let here = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const same = wanted.id ? old.querySelector(`:scope > #${CSS.escape(wanted.id)}`) : null;
    if (same && same !== here) old.insertBefore(same, here);
    const match = same ?? (here && !wanted.id && !here.id ? here : null);
    if (match) {
      here = match.nextSibling;
      morph(match, wanted);
    } else {
      old.insertBefore(shown(wanted), here);
    }
  }
  while (here) {
    const next = here.nextSibling;
    here.remove();
    here = next;
  }
}

/** Mark an element that has just come, so that the eye finds it. */
function shown(node) {
  if (node.nodeType === Node.ELEMENT_NODE) node.classList.add("fresh");
  return node;
}

let known = null;

async function look() {
  if (document.hidden || document.querySelector(".editor")) return;
  try {
    const answer = await fetch(location.pathname + location.search, { cache: "no-cache" });
    news.classList.remove("lost");
    const tag = answer.headers.get("ETag");
    if (!answer.ok || tag === known) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = document.getElementById("main");
    const before = main.textContent;
    morph(main, page.getElementById("main"));
    if (known && main.textContent !== before) news.textContent = news.dataset.changed;
    known = tag;
  } catch {
    news.textContent = news.dataset.lost;
    news.classList.add("lost");
  }
}

/** Number the lines of the editor, and go to the line that the address names (#L12). */
function number(editor, gutter) {
  const write = () => {
    const count = editor.value.split("\n").length;
    gutter.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
  };
  const follow = () => { gutter.scrollTop = editor.scrollTop; };
  editor.addEventListener("input", write);
  editor.addEventListener("scroll", follow);
  write();
  const line = Number(/^#L(\d+)$/.exec(location.hash)?.[1] ?? 0);
  if (!line) return;
  const lines = editor.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  editor.focus();
  editor.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  editor.scrollTop = (line - 5) * parseFloat(getComputedStyle(editor).lineHeight);
  follow();
}

const editor = document.getElementById("text");
if (editor) number(editor, document.getElementById("gutter"));
setInterval(look, PERIOD);
