// Times in the reader's own time zone; and durations that go on: <time data-since="milliseconds of the epoch">, and the progress bar beside one.

function duration(millis) {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const LOCAL = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "medium" });

function tick() {
  for (const element of document.querySelectorAll("time[datetime]:not([data-is-local])")) {
    element.textContent = LOCAL.format(new Date(element.dateTime));
    element.dataset.isLocal = "";
  }
  const now = Date.now() + skew;
  for (const element of document.querySelectorAll("time[data-since]")) {
    element.textContent = duration(now - Number(element.dataset.since));
  }
  for (const bar of document.querySelectorAll("progress[data-since]")) {
    bar.value = Math.min(bar.max, now - Number(bar.dataset.since));
    bar.nextElementSibling.hidden = bar.value < bar.max;
  }
}

/** How far the server's clock is ahead of this one, in milliseconds. */
const skew = Number(document.body.dataset.now) - Date.now();

setInterval(tick, 1000);
document.addEventListener("htmx:sseMessage", tick);
document.addEventListener("deployment", tick);
tick();
