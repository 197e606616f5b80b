// The log of one deployment. The page holds a window of it, a list of blocks of lines, which moves as one scrolls. At its
// end it grows by what the server sends, and follows for as long as the reader is at the bottom.

import { Terminal, show } from "./terminal.js";

const BLOCK_LINES = 500;
const MAX_BLOCKS = 20;

/** More than this at once is not shown line by line: the window moves to the new end. In UTF-16 units. */
const MAX_BACKLOG = 512 * 1024;

const DRAW_MILLIS = 20;
const RETRY_MILLIS = 1000;

/** Part of the window: lines in an element, from a line's beginning on as a rule. */
class Block {
  constructor(start, line) {
    this.element = document.createElement("div");
    this.element.className = "block";
    this.start = start;
    this.end = start;
    this.firstLine = line;
    this.nextLine = line;
    this.terminal = new Terminal();
    this.unfinished = null; // the element of the line that is being written
  }

  get lineCount() {
    return this.element.childElementCount;
  }

  /** Appends a piece of the log. */
  append(piece) {
    const time = timeText(piece.time);
    if (piece.gap !== undefined) {
      this.#appendGap(piece);
    } else {
      this.terminal.write(piece.text, (line) => this.#finish(line, time));
      this.#showUnfinished(time);
    }
    this.end = piece.next;
  }

  #appendGap(piece) {
    const element = document.createElement("div");
    element.className = "gap";
    element.textContent = piece.gap;
    this.element.append(element);
    this.unfinished = null;
    this.terminal = new Terminal();
    this.nextLine = piece.nextLine;
  }

  #finish(line, time) {
    const element = this.unfinished ?? this.#newLine(time);
    show(line, element.lastElementChild);
    this.unfinished = null;
    this.nextLine++;
  }

  #showUnfinished(time) {
    if (this.unfinished === null && !this.terminal.isAtLineStart) {
      this.unfinished = this.#newLine(time);
    }
    if (this.unfinished !== null) {
      show(this.terminal.line, this.unfinished.lastElementChild);
    }
  }

  #newLine(time) {
    const element = document.createElement("div");
    element.className = "line";
    element.id = `L${this.nextLine}`;
    const number = document.createElement("a");
    number.href = `#L${this.nextLine}`;
    number.className = "number";
    number.dataset.number = this.nextLine;
    number.tabIndex = -1;
    number.setAttribute("aria-label", `line ${this.nextLine}`);
    const text = document.createElement("span");
    text.className = "text";
    text.dataset.time = time;
    element.append(number, text);
    this.element.append(element);
    return element;
  }
}

export class LogView {
  #scroller;
  #news;
  #address;
  #blocks = [];
  #size = 0; // of the log, as far as is known
  #isEnded = false;
  #isFollowing = true;
  #newLines = 0;
  #stream = null;
  #arrived = [];
  #arrivedLength = 0;
  #drawing = 0;
  #isLoading = false;
  #turn = 0; // of the window; an answer that was asked for in an earlier one comes too late
  #onDeployment;
  #onEnd;

  constructor({ scroller, news, address, onDeployment, onEnd }) {
    this.#scroller = scroller;
    this.#news = news;
    this.#address = address;
    this.#onDeployment = onDeployment;
    this.#onEnd = onEnd;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#stayAtBottom()).observe(scroller);
    news.addEventListener("click", () => this.follow());
  }

  /** Shows the end of the log, and what comes. */
  async follow() {
    this.#isFollowing = true;
    this.#forgetNews();
    if (this.#blocks.length > 0 && this.#isAtEnd) {
      this.#stayAtBottom();
      return;
    }
    await this.#open("tail");
    this.#stayAtBottom();
  }

  async showBeginning() {
    this.#isFollowing = false;
    await this.#open("line=1");
    this.#scroller.scrollTop = 0;
  }

  /** Shows a line and marks it. False if there is none. */
  async showLine(line) {
    this.#isFollowing = false;
    if (document.getElementById(`L${line}`) === null) {
      await this.#open(`line=${line}`);
    }
    const element = document.getElementById(`L${line}`);
    document.querySelectorAll(".line.chosen").forEach((chosen) => chosen.classList.remove("chosen"));
    if (element === null) {
      return false;
    }
    element.classList.add("chosen");
    element.scrollIntoView({ block: "center" });
    return true;
  }

  /** The text of the lines in the page. */
  get text() {
    return [...this.#scroller.querySelectorAll(".text")].map((text) => text.textContent).join("\n");
  }

  /** The offset of the first byte that is in the page, and the one behind the last. */
  get bounds() {
    return [this.#blocks.at(0)?.start ?? 0, this.#blocks.at(-1)?.end ?? 0];
  }

  get #isAtEnd() {
    return this.bounds[1] === this.#size;
  }

  /** Whether what the server sends goes to the window's end. */
  get #isAttached() {
    return this.#stream?.from === this.bounds[1];
  }

  async #fetch(query) {
    for (;;) {
      try {
        const answer = await fetch(`${this.#address}/log/slice?${query}`);
        if (answer.ok) {
          return await answer.json();
        }
        if (answer.status < 500) {
          this.#say(await answer.text());
          return null;
        }
      } catch {
        // the server is away
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MILLIS));
    }
  }

  /** Replaces the window. */
  async #open(query) {
    const turn = ++this.#turn;
    const slice = await this.#fetch(query);
    if (slice === null || turn !== this.#turn) {
      return;
    }
    this.#stopStream();
    this.#blocks = [];
    this.#scroller.replaceChildren();
    this.#take(slice, false);
    this.#size = slice.size; // the stream begins there again
    this.#listen();
    this.#loadAround(); // what fits on the screen is never scrolled
  }

  #take(slice, isBefore) {
    const block = new Block(slice.start, slice.line);
    slice.pieces.forEach((piece) => block.append(piece));
    block.end = slice.end;
    if (isBefore) {
      this.#blocks.unshift(block);
      this.#scroller.prepend(block.element);
    } else {
      this.#blocks.push(block);
      this.#scroller.append(block.element);
    }
  }

  /** Takes what the server sends from the window's end on or, if that is not the log's end, counts what comes there. */
  #listen() {
    this.#stopStream();
    if (this.#isEnded) {
      return;
    }
    const from = this.#isAtEnd ? this.bounds[1] : this.#size;
    const stream = new EventSource(`${this.#address}/events?from=${from}`);
    this.#stream = stream;
    stream.from = from;
    stream.addEventListener("chunk", (event) => this.#arrive(stream, event));
    stream.addEventListener("gap", (event) => this.#arrive(stream, event));
    stream.addEventListener("deployment", (event) => this.#onDeployment(event.data));
    stream.addEventListener("end", (event) => {
      this.#isEnded = true;
      this.#stopStream(false);
      this.#drawSoon();
      this.#onEnd(event.data);
    });
    stream.onopen = () => this.#say("");
    stream.onerror = () => {
      if (this.#stream === stream) {
        this.#say("The connection is lost. Trying again.");
        if (stream.readyState === EventSource.CLOSED) { // an error status: the browser gives up
          setTimeout(() => this.#resume(stream), RETRY_MILLIS);
        }
      }
    };
  }

  /** Asks for what such a stream would have brought: whether there is something, or what is wrong. */
  async #resume(stream) {
    if (this.#stream === stream && (await this.#fetch(`after=${this.#size}`)) !== null && this.#stream === stream) {
      this.#draw();
      this.#listen();
    }
  }

  #stopStream(isForgetting = true) {
    this.#stream?.close();
    if (isForgetting) {
      this.#stream = null;
      this.#arrived = [];
      this.#arrivedLength = 0;
    }
  }

  #arrive(stream, event) {
    if (stream !== this.#stream) {
      return;
    }
    const piece = JSON.parse(event.data);
    this.#arrived.push(piece);
    this.#arrivedLength += piece.text?.length ?? 0;
    this.#drawSoon();
  }

  /** Not by animation frames: a hidden page has none. */
  #drawSoon() {
    this.#drawing ||= setTimeout(() => this.#draw(), DRAW_MILLIS);
  }

  #draw() {
    this.#drawing = 0;
    const pieces = this.#arrived;
    const length = this.#arrivedLength;
    this.#arrived = [];
    this.#arrivedLength = 0;
    if (pieces.length === 0 || this.#stream === null) {
      return;
    }
    this.#size = Math.max(this.#size, pieces.at(-1).next);
    const isAttached = this.#isAttached;
    this.#stream.from = pieces.at(-1).next;
    if (!this.#isFollowing) {
      this.#tellOfNews(pieces);
    }
    if (isAttached && length > MAX_BACKLOG) {
      if (this.#isFollowing) {
        this.#open("tail").then(() => this.#stayAtBottom());
      }
      return;
    }
    if (isAttached && (this.#isFollowing || this.#blocks.length < MAX_BLOCKS)) {
      this.#append(pieces);
      this.#stayAtBottom();
    }
  }

  #append(pieces) {
    for (const piece of pieces) {
      let last = this.#blocks.at(-1);
      if (last.lineCount >= BLOCK_LINES && last.terminal.isAtLineStart) {
        last = new Block(last.end, last.nextLine);
        this.#blocks.push(last);
        this.#scroller.append(last.element);
      }
      last.append(piece);
    }
    while (this.#blocks.length > MAX_BLOCKS) {
      this.#blocks.shift().element.remove();
    }
  }

  #stayAtBottom() {
    if (this.#isFollowing) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
    }
  }

  #tellOfNews(pieces) {
    for (const piece of pieces) {
      this.#newLines += (piece.text?.match(/\n/g) ?? []).length;
    }
    if (this.#newLines > 0) {
      this.#news.textContent = this.#newLines === 1 ? "1 new line" : `${this.#newLines} new lines`;
      this.#news.hidden = false;
    }
  }

  #forgetNews() {
    this.#newLines = 0;
    this.#news.hidden = true;
  }

  #say(text) {
    const trouble = document.getElementById("trouble");
    trouble.textContent = text;
    trouble.hidden = text === "";
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const below = scrollHeight - clientHeight - scrollTop;
    const isAtBottom = below < 4;
    if (isAtBottom && this.#isAtEnd) {
      this.#isFollowing = true;
      this.#forgetNews();
    } else if (below > 4) {
      this.#isFollowing = false;
    }
    this.#loadAround();
  }

  /** Loads what is near to what is seen, on both sides. */
  #loadAround() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    if (scrollTop < 2 * clientHeight) {
      this.#loadBefore();
    }
    if (scrollHeight - clientHeight - scrollTop < 2 * clientHeight) {
      this.#loadBehind();
    }
  }

  async #loadBefore() {
    const [start] = this.bounds;
    const isRoomLeft = this.#scroller.scrollHeight <= this.#scroller.clientHeight && this.#blocks.length < MAX_BLOCKS;
    if (start === 0 || (this.#isFollowing && !isRoomLeft)) {
      return;
    }
    await this.#load(`before=${start}`, (slice) => {
      if (slice.end !== start) {
        return; // it would not join
      }
      const height = this.#scroller.scrollHeight;
      this.#take(slice, true);
      this.#scroller.scrollTop += this.#scroller.scrollHeight - height;
      while (this.#blocks.length > MAX_BLOCKS) {
        this.#blocks.pop().element.remove();
      }
    });
  }

  async #loadBehind() {
    const [, end] = this.bounds;
    if (this.#isAtEnd) {
      return;
    }
    await this.#load(`after=${end}`, (slice) => {
      this.#take(slice, false);
      while (this.#blocks.length > MAX_BLOCKS) {
        const height = this.#scroller.scrollHeight;
        this.#blocks.shift().element.remove();
        this.#scroller.scrollTop -= height - this.#scroller.scrollHeight;
      }
      this.#size = Math.max(this.#size, slice.size);
      if (this.#isAtEnd) {
        this.#listen();
      }
    });
  }

  async #load(query, use) {
    if (this.#isLoading) {
      return;
    }
    this.#isLoading = true;
    const turn = this.#turn;
    let slice = null;
    try {
      slice = await this.#fetch(query);
    } finally {
      this.#isLoading = false;
    }
    if (slice !== null && turn === this.#turn && slice.end > slice.start) {
      use(slice);
      this.#stayAtBottom();
      this.#scrolled(); // that may not have been enough
    }
  }
}

const TIME = new Intl.DateTimeFormat([], {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});

function timeText(time) {
  return time === undefined ? "" : TIME.format(time);
}
