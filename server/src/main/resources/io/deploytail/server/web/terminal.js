// Turns what a command wrote into lines as a terminal would show them: colours, and progress that is drawn over itself.
// What would move the cursor to another line has no effect here.

const ESCAPE = "\x1b";

/** Beyond this, a line is cut where it is shown; in UTF-16 units. */
const MAX_LINE_LENGTH = 64 * 1024;

/** A longer operating system command is none. */
const MAX_STRING_LENGTH = 4096;

const PLAIN = Object.freeze({});

const COLOURS_256 = Array.from({ length: 256 }, (_, n) => {
  if (n < 16) {
    return undefined; // these have classes, so that they suit the dark and the light page
  }
  if (n > 231) {
    const grey = 8 + (n - 232) * 10;
    return `rgb(${grey}, ${grey}, ${grey})`;
  }
  const level = (part) => (part === 0 ? 0 : 55 + part * 40);
  const cube = n - 16;
  return `rgb(${level(Math.floor(cube / 36))}, ${level(Math.floor(cube / 6) % 6)}, ${level(cube % 6)})`;
});

/**
 * A line that is being written: runs of text, each in one style. Colours and the unfinished part of an escape sequence
 * stay from one text to the next.
 */
export class Terminal {
  #runs = [];
  #length = 0;
  #column = 0;
  #cut = 0;
  #style = PLAIN;
  #unfinished = "";

  /**
   * Takes a text, and calls for each line that it ends, with its runs and how much was cut off. The line that is left
   * unfinished is in `line`.
   */
  write(text, onLine) {
    const all = this.#unfinished + text;
    this.#unfinished = "";
    let from = 0;
    for (let at = 0; at < all.length; ) {
      const code = all.charCodeAt(at);
      if (code >= 0x20 && code !== 0x7f) {
        at++;
        continue;
      }
      this.#put(all.slice(from, at));
      if (code === 0x1b) {
        const end = this.#escape(all, at);
        if (end < 0) {
          this.#unfinished = all.slice(at);
          return;
        }
        at = end;
      } else {
        this.#control(code, onLine);
        at++;
      }
      from = at;
    }
    this.#put(all.slice(from));
  }

  /** The unfinished line; its runs may change. */
  get line() {
    return { runs: this.#runs, cut: this.#cut };
  }

  get isAtLineStart() {
    return this.#length === 0 && this.#column === 0 && this.#cut === 0;
  }

  #control(code, onLine) {
    switch (code) {
      case 0x0a: // line feed
        onLine(this.line);
        this.#clear();
        this.#column = 0;
        break;
      case 0x0d: // carriage return
        this.#column = 0;
        break;
      case 0x08: // backspace
        this.#column = Math.max(0, this.#column - 1);
        break;
      case 0x09:
        this.#put("\t");
        break;
      case 0x07: // bell
        break;
      case 0x7f:
        this.#put("\u2421");
        break;
      default:
        this.#put(String.fromCharCode(0x2400 + code)); // its picture
    }
  }

  #clear() {
    this.#runs = [];
    this.#length = 0;
    this.#cut = 0;
  }

  #put(text) {
    if (text === "") {
      return;
    }
    if (this.#column > this.#length) {
      this.#append(" ".repeat(Math.min(this.#column, MAX_LINE_LENGTH) - this.#length), PLAIN);
    }
    if (this.#column < this.#length) {
      this.#overwrite(text);
    } else {
      this.#append(text, this.#style);
    }
    this.#column += text.length;
  }

  #append(text, style) {
    const fitting = text.slice(0, MAX_LINE_LENGTH - this.#length);
    this.#cut += text.length - fitting.length;
    if (fitting === "") {
      return;
    }
    const last = this.#runs.at(-1);
    if (last !== undefined && last.style === style) {
      last.text += fitting;
    } else {
      this.#runs.push({ text: fitting, style });
    }
    this.#length += fitting.length;
  }

  #overwrite(text) {
    const before = slice(this.#runs, 0, this.#column);
    const after = slice(this.#runs, this.#column + text.length, this.#length);
    this.#runs = before;
    this.#length = this.#column;
    this.#append(text, this.#style);
    for (const run of after) {
      this.#append(run.text, run.style);
    }
  }

  /** Carries out the escape sequence at an index and returns the index behind it; -1 if it is not all there. */
  #escape(text, at) {
    const next = text[at + 1];
    if (next === undefined) {
      return -1;
    }
    if (next === "[") {
      return this.#controlSequence(text, at + 2);
    }
    if (next === "]" || next === "P" || next === "^" || next === "_") {
      return endOfString(text, at + 2);
    }
    const isThreeLong = "()*+-./#% ".includes(next);
    const end = at + (isThreeLong ? 3 : 2);
    return end <= text.length ? end : -1;
  }

  #controlSequence(text, from) {
    let end = from;
    while (end < text.length && text.charCodeAt(end) >= 0x20 && text.charCodeAt(end) < 0x40) {
      end++;
    }
    if (end === text.length) {
      return end - from > 100 ? end : -1; // no terminal's: it is dropped
    }
    const final = text[end];
    if (final === ESCAPE || final === "\n" || final === "\r") {
      return end; // broken off
    }
    const parameters = text.slice(from, end);
    const count = Number.parseInt(parameters, 10) || 1;
    switch (final) {
      case "m":
        this.#style = styleAfter(this.#style, parameters);
        break;
      case "K":
        this.#eraseInLine(parameters);
        break;
      case "G":
        this.#column = Math.min(count - 1, MAX_LINE_LENGTH);
        break;
      case "C":
        this.#column = Math.min(this.#column + count, MAX_LINE_LENGTH);
        break;
      case "D":
        this.#column = Math.max(0, this.#column - count);
        break;
      default: // has no effect
    }
    return end + 1;
  }

  #eraseInLine(parameters) {
    const all = this.#runs;
    const length = this.#length;
    this.#clear();
    if (parameters === "" || parameters === "0") {
      slice(all, 0, this.#column).forEach((run) => this.#append(run.text, run.style));
    } else if (parameters === "1") {
      this.#append(" ".repeat(Math.min(this.#column, length)), PLAIN);
      slice(all, this.#column, length).forEach((run) => this.#append(run.text, run.style));
    }
  }
}

function slice(runs, from, to) {
  const part = [];
  let start = 0;
  for (const run of runs) {
    const text = run.text.slice(Math.max(0, from - start), Math.max(0, to - start));
    if (text !== "") {
      part.push({ text, style: run.style });
    }
    start += run.text.length;
  }
  return part;
}

/** An operating system command, a title or a link say, ends with BEL or ESC \. */
function endOfString(text, from) {
  const limit = from + MAX_STRING_LENGTH;
  for (let end = from; end < text.length; end++) {
    if (end === limit) {
      return from; // it was none
    }
    if (text[end] === "\x07") {
      return end + 1;
    }
    if (text[end] === ESCAPE && end + 1 < text.length) {
      return text[end + 1] === "\\" ? end + 2 : end;
    }
    if (text[end] === "\n") {
      return end; // it was none
    }
  }
  return -1;
}

function styleAfter(style, parameters) {
  const codes = parameters.replaceAll(":", ";").split(";").map((code) => Number.parseInt(code, 10) || 0);
  let next = style;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    if (code === 38 || code === 48) {
      const [colour, used] = extendedColour(codes, i + 1);
      next = { ...next, [code === 38 ? "colour" : "background"]: colour };
      i += used;
    } else {
      next = styleAfterOne(next, code);
    }
  }
  return next;
}

function styleAfterOne(style, code) {
  if (code >= 30 && code <= 37) return { ...style, colour: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, colour: code - 90 + 8 };
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 100 + 8 };
  switch (code) {
    case 0: return PLAIN;
    case 1: return { ...style, bold: true };
    case 2: return { ...style, dim: true };
    case 3: return { ...style, italic: true };
    case 4: return { ...style, underline: true };
    case 7: return { ...style, inverse: true };
    case 9: return { ...style, strike: true };
    case 22: return { ...style, bold: false, dim: false };
    case 23: return { ...style, italic: false };
    case 24: return { ...style, underline: false };
    case 27: return { ...style, inverse: false };
    case 29: return { ...style, strike: false };
    case 39: return { ...style, colour: undefined };
    case 49: return { ...style, background: undefined };
    default: return style;
  }
}

/** A colour of the 256, or of three parts: a number below 16, or as CSS writes it; and how many codes it took. */
function extendedColour(codes, at) {
  if (codes[at] === 5) {
    const n = codes[at + 1] ?? 0;
    return [n < 16 ? n : COLOURS_256[n], 2];
  }
  if (codes[at] === 2) {
    const [red, green, blue] = [1, 2, 3].map((i) => Math.min(255, codes[at + i] ?? 0));
    return [`rgb(${red}, ${green}, ${blue})`, 4];
  }
  return [undefined, 1];
}

/** Puts a line's runs into an element, as text. */
export function show({ runs, cut }, element) {
  if (runs.length === 1 && runs[0].style === PLAIN) {
    element.textContent = runs[0].text; // as nearly all are
  } else {
    element.replaceChildren(...runs.map(asNode));
  }
  if (cut > 0) {
    const note = document.createElement("span");
    note.className = "note";
    note.textContent = ` … ${cut} more characters are in the raw log`;
    element.append(note);
  }
}

function asNode({ text, style }) {
  if (style === PLAIN) {
    return document.createTextNode(text);
  }
  const span = document.createElement("span");
  span.textContent = text;
  const colour = style.inverse ? style.background ?? "page" : style.colour;
  const background = style.inverse ? style.colour ?? "text" : style.background;
  setColour(span, "color", "fg", colour);
  setColour(span, "backgroundColor", "bg", background);
  for (const name of ["bold", "dim", "italic", "underline", "strike"]) {
    if (style[name]) {
      span.classList.add(name);
    }
  }
  return span;
}

function setColour(span, property, prefix, colour) {
  if (colour === undefined) {
    return;
  }
  if (typeof colour === "number" || colour === "page" || colour === "text") {
    span.classList.add(`${prefix}-${colour}`);
  } else {
    span.style[property] = colour;
  }
}
