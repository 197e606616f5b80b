// The page of one deployment: its log, keys, find, copy, and what the tab shows.

import { LogView } from "./log.js";

const scroller = document.getElementById("log");
const findBar = document.getElementById("find");
const status = document.getElementById("status");

const view = new LogView({
  scroller,
  news: document.getElementById("news"),
  address: scroller.dataset.address,
  onDeployment: showDeployment,
  onEnd: (text) => {
    const end = document.getElementById("end");
    end.textContent = text;
    end.hidden = false;
  },
});

/** The server's fragment takes the place of the one before. */
function showDeployment(html) {
  const summary = document.getElementById("summary");
  const before = summary.dataset.state;
  summary.outerHTML = html;
  const now = document.getElementById("summary");
  htmx.process(now);
  showInTab(now);
  if (now.dataset.state !== before) {
    status.textContent = now.dataset.title;
  }
  document.dispatchEvent(new Event("deployment"));
}

// A cancel that has failed changes nothing on the page by itself.
document.body.addEventListener("htmx:responseError", (event) => complain(event.detail.xhr.responseText));
document.body.addEventListener("htmx:sendError", () => complain("The server does not answer. Try again."));

function complain(text) {
  const trouble = document.getElementById("trouble");
  trouble.textContent = text;
  trouble.hidden = false;
}

function showInTab(summary) {
  document.title = summary.dataset.title;
  document.getElementById("icon").href = summary.dataset.icon;
}

async function open() {
  const line = /^#L(\d+)$/.exec(location.hash);
  if (line === null || !(await view.showLine(Number(line[1])))) {
    await view.follow();
  }
}

function toggle(name) {
  const isOn = scroller.classList.toggle(name);
  document.querySelector(`[data-action="${name}"]`).setAttribute("aria-pressed", isOn);
}

async function copy() {
  const selected = getSelection().toString();
  await navigator.clipboard.writeText(selected === "" ? view.text : selected);
  status.textContent = selected === "" ? "What is in the page of the log is copied." : "The selection is copied.";
}

// Finding: the server looks through the whole log, from the place of the last match on.

let lastMatch = null;

async function find(isUpwards) {
  const text = findBar.elements.text.value;
  if (text === "") {
    return;
  }
  const found = findBar.querySelector("output");
  found.textContent = "Looking …";
  let from = lastMatch?.text === text ? lastMatch.offset + (isUpwards ? 0 : 1) : view.bounds[isUpwards ? 1 : 0];
  for (;;) {
    const query = new URLSearchParams({ text, from, up: isUpwards });
    const answer = await fetch(`${scroller.dataset.address}/log/find?${query}`);
    if (!answer.ok) {
      found.textContent = await answer.text();
      return;
    }
    const { offset, line, next } = await answer.json();
    if (offset !== undefined) {
      lastMatch = { text, offset };
      await view.showLine(line);
      mark(text, line);
      found.textContent = `Line ${line}`;
      return;
    }
    if (next === undefined) {
      found.textContent = isUpwards ? "Nothing above" : "Nothing below";
      return;
    }
    from = next;
  }
}

/** Marks a text in a line, where the browser can do that without changing the page. */
function mark(text, line) {
  const element = document.querySelector(`#L${line} .text`);
  if (element === null || CSS.highlights === undefined) {
    return;
  }
  const ranges = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const all = node.data.toLowerCase();
    for (let at = all.indexOf(text.toLowerCase()); at >= 0; at = all.indexOf(text.toLowerCase(), at + 1)) {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + text.length);
      ranges.push(range);
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}

function openFind() {
  findBar.hidden = false;
  findBar.elements.text.select();
}

function closeFind() {
  findBar.hidden = true;
  CSS.highlights?.delete("found");
  scroller.focus();
}

findBar.addEventListener("submit", (event) => {
  event.preventDefault();
  find(event.submitter?.value === "up");
});
findBar.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    closeFind();
  } else if (event.key === "Enter" && event.shiftKey) {
    event.preventDefault();
    find(true);
  }
});

const ACTIONS = {
  follow: () => view.follow(),
  beginning: () => view.showBeginning(),
  wrap: () => toggle("wrap"),
  times: () => toggle("times"),
  find: openFind,
  "close-find": closeFind,
  copy,
};

const KEYS = { f: "follow", End: "follow", Home: "beginning", w: "wrap", t: "times", "/": "find", c: "copy" };

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button !== null) {
    ACTIONS[button.dataset.action]();
  }
});

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select") !== null;
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || KEYS[event.key] === undefined) {
    return;
  }
  event.preventDefault();
  ACTIONS[KEYS[event.key]]();
});

addEventListener("hashchange", open);
open();
