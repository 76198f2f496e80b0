// Times in the reader's own zone, a list that narrows as one types, and a page that follows along.
// Everything is there without it.
"use strict";

function tellTimes(root) {
  const toTheMinute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const toTheSecond = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime()) && !time.title) {
      time.title = time.textContent;
      time.textContent = ("seconds" in time.dataset ? toTheSecond : toTheMinute).format(at);
    }
  }
}

// What a person has opened, shut, ticked or typed stays so.
function takeOver(from, to) {
  for (const details of from.querySelectorAll("details[id]")) {
    const same = to.querySelector(`#${CSS.escape(details.id)}`);
    if (same) {
      same.open = details.open;
    }
  }
  for (const input of from.querySelectorAll("input[id]:not([type=hidden])")) {
    const same = to.querySelector(`#${CSS.escape(input.id)}`);
    if (same) {
      same.value = input.value;
      same.checked = input.checked;
    }
  }
}

// Rows of the list: only those that are other ones than before are exchanged.
function patchRows(body, fresh) {
  const known = new Map([...body.rows].map((row) => [row.id, row]));
  const rows = [...fresh.rows].map((row) => {
    const before = known.get(row.id);
    if (before?.dataset.as === row.dataset.as) {
      return before;
    }
    tellTimes(row);
    return row;
  });
  body.replaceChildren(...rows);
}

// By this it is known whether a row is another one, whatever the script has made of its times.
function markRows(body) {
  for (const row of body.rows) {
    row.dataset.as = row.innerHTML;
  }
}

async function fetchMain(where) {
  const answer = await fetch(where, { headers: { accept: "text/html" } });
  if (!answer.headers.get("content-type")?.startsWith("text/html")) {
    return null;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("main[data-mark]");
}

async function refresh(main) {
  const list = document.getElementById("rows");
  const fresh = await fetchMain(list ? `/rows${location.search}` : location.href);
  if (!fresh) {
    location.reload();
    return;
  }
  main.dataset.mark = fresh.dataset.mark;
  const focused = main.contains(document.activeElement) ? document.activeElement : null;
  const [id, address] = [focused?.id, focused?.getAttribute("href")];
  if (list) {
    const rows = fresh.querySelector("#rows");
    markRows(rows);
    patchRows(list, rows);
    document.getElementById("strip").replaceChildren(...fresh.querySelector("#strip").childNodes);
    narrow();
  } else {
    tellTimes(fresh);
    takeOver(main, fresh);
    main.replaceChildren(...fresh.childNodes);
  }
  const again = (id && document.getElementById(id)) ||
    (address && [...main.querySelectorAll("a")].find((a) => a.getAttribute("href") === address));
  again?.focus({ preventScroll: true });
}

function narrow() {
  const words = document.getElementById("name").value.trim().toLowerCase();
  let shown = 0;
  for (const row of document.getElementById("rows").rows) {
    row.hidden = !row.dataset.name.includes(words);
    shown += row.hidden ? 0 : 1;
  }
  document.getElementById("none").hidden = shown > 0;
}

function followAlong(main) {
  const [live, lost] = [document.getElementById("live"), document.getElementById("lost")];
  let [busy, missed] = [false, false];
  const update = async () => {
    // What somebody is about to confirm does not move away under their hands.
    missed = main.querySelector("details.sure[open]") !== null;
    if (busy || missed) {
      return;
    }
    busy = true;
    try {
      await refresh(main);
    } catch {
      // The daemon is away for a moment; the next event brings it up to date.
    }
    busy = false;
  };
  main.addEventListener("toggle", () => missed && update(), true);
  const events = new EventSource("/events");
  events.addEventListener("mark", (event) => {
    live.hidden = false;
    lost.hidden = true;
    if (event.data !== main.dataset.mark) {
      update();
    }
  });
  events.addEventListener("error", () => {
    if (lost.hidden) {
      const now = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }).format(new Date());
      lost.textContent = `Connection lost at ${now}: what is shown may be out of date.`;
    }
    live.hidden = true;
    lost.hidden = false;
    if (events.readyState === EventSource.CLOSED) {
      setTimeout(() => followAlong(main), 30000);
    }
  });
  addEventListener("pagehide", () => events.close());
}

const main = document.querySelector("main");
const rows = document.getElementById("rows");
if (rows) {
  markRows(rows);
  document.getElementById("name").addEventListener("input", narrow);
}
tellTimes(main);
if (main.dataset.mark && "EventSource" in window) {
  followAlong(main);
}
