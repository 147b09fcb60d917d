// Keeps a page up to date: it is read again every now and then, and what has
// changed in the parts marked data-live is changed in place, so that focus, open
// details, scrolling and loaded pictures stay. Without this script the pages are
// whole, and stand still.
"use strict";

const period = Number(document.body.dataset.refresh) || 0;
const gone = document.getElementById("gone");
const news = document.getElementById("news");
const stored = "pixline-paused";
let paused = false;
try {
  paused = localStorage.getItem(stored) === "yes";
} catch {
  // Without storage the choice holds for this page.
}
let timer = 0;
const lasts = new Map(); // what each part was when it was last read

// morph makes an element like another one. Children are told apart by their id,
// others by their place.
function morph(from, to) {
  for (const { name } of [...from.attributes]) {
    // Which details are open, and where the focus goes, is up to the reader.
    if (!to.hasAttribute(name) && name !== "open") from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (name !== "open" && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  const known = new Map();
  for (const child of from.children) if (child.id) known.set(child.id, child);
  const kept = new Set([...to.children].map((child) => child.id).filter((id) => known.has(id)));
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    while (at && at.id && !kept.has(at.id)) {
      const old = at;
      at = at.nextSibling;
      old.remove();
    }
    const same = next.id && known.get(next.id);
    if (same && same !== at) {
      from.insertBefore(same, at);
      morph(same, next);
    } else if (at && !(at.id && !same) && at.nodeName === next.nodeName && (at.id || "") === (next.id || "")) {
      if (at.nodeType !== Node.ELEMENT_NODE) {
        if (at.nodeValue !== next.nodeValue) at.nodeValue = next.nodeValue;
      } else {
        morph(at, next);
      }
      at = at.nextSibling;
    } else {
      from.insertBefore(document.importNode(next, true), at);
    }
  }
  while (at) {
    const old = at;
    at = at.nextSibling;
    old.remove();
  }
}

// tell says to a screen reader what is new, in a word.
function tell(region, before) {
  const noun = region.dataset.news;
  if (!noun) return;
  const fresh = [...region.querySelectorAll("tbody > tr[id]")].filter((row) => !before.has(row.id)).length;
  if (fresh > 0) news.textContent = `${fresh} new ${fresh === 1 ? noun.replace(/s$/, "") : noun}`;
}

async function refresh() {
  clearTimeout(timer);
  if (paused) return;
  let again = period;
  if (!document.hidden) {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok) {
        for (const region of document.querySelectorAll("[data-live][id]")) {
          const next = page.getElementById(region.id);
          if (!next || next.outerHTML === lasts.get(region.id)) continue;
          const before = new Set([...region.querySelectorAll("tbody > tr[id]")].map((row) => row.id));
          const last = next.outerHTML;
          morph(region, next);
          lasts.set(region.id, last);
          tell(region, before);
        }
        again = Number(page.body.dataset.refresh) || 0;
      }
      gone.hidden = answer.ok;
    } catch {
      gone.hidden = false; // the runner has stopped: the page stays as it was
    }
  }
  if (again) timer = setTimeout(refresh, again);
}

// Whoever reads can stop what moves.
function control() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "live";
  const show = () => {
    button.textContent = paused ? "Paused" : "Live";
    button.setAttribute("aria-pressed", String(!paused));
    button.title = paused ? "Updates are paused: resume them" : "The page updates itself: pause it";
  };
  button.addEventListener("click", () => {
    paused = !paused;
    try {
      localStorage.setItem(stored, paused ? "yes" : "no");
    } catch {
      // As above.
    }
    show();
    refresh();
  });
  show();
  document.querySelector(".end").prepend(button);
}

// Choices that a form makes need no button with a script.
for (const select of document.querySelectorAll("select[data-submit]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

if (period) {
  control();
  if (!paused) timer = setTimeout(refresh, period);
}
