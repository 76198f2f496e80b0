// Times in the reader's own zone, and a page that follows along. Everything is there without it.
"use strict";

function tellTimes(root) {
  const words = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) {
      time.title = time.textContent;
      time.textContent = words.format(at);
    }
  }
}

// What a person has opened, shut or focused stays so.
function takeOver(from, to) {
  for (const details of from.querySelectorAll("details[id]")) {
    const same = to.querySelector(`#${details.id}`);
    if (same) {
      same.open = details.open;
    }
  }
}

async function refresh(main) {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.headers.get("content-type")?.startsWith("text/html")) {
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("main[data-mark]");
  if (!fresh) {
    location.reload();
    return;
  }
  tellTimes(fresh);
  takeOver(main, fresh);
  const focused = main.contains(document.activeElement) ? document.activeElement : null;
  const [id, address] = [focused?.id, focused?.getAttribute("href")];
  main.dataset.mark = fresh.dataset.mark;
  main.replaceChildren(...fresh.childNodes);
  const again = (id && document.getElementById(id)) ||
    (address && [...main.querySelectorAll("a")].find((a) => a.getAttribute("href") === address));
  again?.focus({ preventScroll: true });
}

function followAlong(main) {
  let busy = false;
  const events = new EventSource("/events");
  events.addEventListener("mark", async (event) => {
    document.getElementById("live").hidden = false;
    if (busy || event.data === main.dataset.mark) {
      return;
    }
    busy = true;
    try {
      await refresh(main);
    } catch {
      // The daemon is away for a moment; the next event brings it up to date.
    }
    busy = false;
  });
  events.addEventListener("error", () => {
    document.getElementById("live").hidden = true;
    if (events.readyState === EventSource.CLOSED) {
      setTimeout(() => followAlong(main), 30000);
    }
  });
  addEventListener("pagehide", () => events.close());
}

const main = document.querySelector("main");
tellTimes(main);
if (main.dataset.mark && "EventSource" in window) {
  followAlong(main);
}
