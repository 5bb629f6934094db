// @ts-check
/**
 * Refreshes a page: fetches it again when there is something new, and replaces what is in `main`. The server renders all of it, so
 * that the page says the same without this script.
 */

/** Where a refresh failed, the next one is tried after this time, in milliseconds. */
const retryMs = 5000;

/** How long a refresh may take. */
const limitMs = 10_000;

/** How long nothing must be typed before the filter is applied. */
const typingMs = 300;

/** @param {string} id */
function find(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element ${id}`);
  return element;
}

const main = find("main");
const notice = find("refresh");
const pause = document.createElement("button");

let paused = false;
/** @type {number | undefined} */
let timer;
/** Rises with each refresh: an answer that comes late is dropped. */
let refreshes = 0;

/** @param {number} ms */
function refreshIn(ms) {
  clearTimeout(timer);
  if (!paused && !document.hidden) timer = window.setTimeout(() => void refresh(), ms);
}

/** What takes the place of an element that had the focus: by its id, or as a link to the same page. @param {Element} old */
function findAgain({ id, attributes }) {
  const href = attributes.getNamedItem("href")?.value;
  if (id !== "" || href === undefined) return document.getElementById(id);
  return [...main.querySelectorAll("a")].find((link) => link.getAttribute("href") === href);
}

/** The element that had the focus keeps it, and what was scrolled stays where it was. @param {Document} next */
function show(next) {
  const fresh = next.getElementById("main");
  if (fresh === null) throw new Error("the answer is no page of this program");
  const focused = document.activeElement;
  const scrolled = [...main.querySelectorAll(".scroll")].map(({ scrollLeft }) => scrollLeft);
  main.replaceChildren(...fresh.childNodes);
  main.dataset["refreshMs"] = fresh.dataset["refreshMs"];
  [...main.querySelectorAll(".scroll")].forEach((region, index) => (region.scrollLeft = scrolled[index] ?? 0));
  if (focused && !focused.isConnected) findAgain(focused)?.focus({ preventScroll: true });
  document.title = next.title;
}

async function refresh() {
  const mine = ++refreshes;
  let wait = retryMs;
  try {
    const response = await fetch(location.href, { signal: AbortSignal.timeout(limitMs) });
    const text = await response.text();
    if (mine !== refreshes) return;
    show(new DOMParser().parseFromString(text, "text/html"));
    notice.textContent = "";
    wait = Number(main.dataset["refreshMs"]) || retryMs;
  } catch {
    if (mine !== refreshes) return;
    notice.textContent = `Not refreshed since ${since}: the exporter does not answer`;
    refreshIn(wait);
    return;
  }
  since = new Date().toLocaleTimeString();
  refreshIn(wait);
}

let since = new Date().toLocaleTimeString();

function showPause() {
  pause.textContent = paused ? "Go on" : "Pause";
  notice.textContent = paused ? `Paused at ${since}` : "";
}

pause.id = "pause";
pause.type = "button";
pause.addEventListener("click", () => {
  paused = !paused;
  refreshes++;
  showPause();
  refreshIn(0);
});
notice.before(pause);
showPause();

document.addEventListener("visibilitychange", () => refreshIn(0));
addEventListener("popstate", () => void refresh());

/** @type {number | undefined} */
let typing;
const form = document.getElementById("filter");
if (form instanceof HTMLFormElement) {
  const apply = () => {
    const address = new URL(location.href);
    const text = new FormData(form).get("filter");
    if (typeof text !== "string" || text === "") address.searchParams.delete("filter");
    else address.searchParams.set("filter", text);
    history.replaceState(null, "", address);
    void refresh();
  };
  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = window.setTimeout(apply, typingMs);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(typing);
    apply();
  });
}

refreshIn(Number(main.dataset["refreshMs"]) || retryMs);
