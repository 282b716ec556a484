// The console without a mouse. Everything here is a convenience: each page works without it.
"use strict";

const started = performance.now();
const SETTLE_MS = 400; // a key still bouncing from the last page must not decide the next, unseen case

// Countdowns count from the server's time, because a reviewer's own clock may be wrong.
const serverAtLoad = Date.parse(document.body.dataset.now);
const serverNow = () => serverAtLoad + (performance.now() - started);

const two = (n) => String(n).padStart(2, "0");

function spoken(milliseconds) {
  let seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const days = Math.floor(seconds / 86400);
  seconds %= 86400;
  const hours = Math.floor(seconds / 3600);
  seconds %= 3600;
  const minutes = Math.floor(seconds / 60);
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${two(minutes)} min`;
  return `${minutes} min ${two(seconds % 60)} s`;
}

function tick() {
  for (const clock of document.querySelectorAll("[data-due]")) {
    const left = Date.parse(clock.dateTime) - serverNow();
    const late = left <= 0;
    clock.querySelector(".count").textContent = spoken(left);
    clock.lastChild.textContent = ` ${late ? clock.dataset.late : clock.dataset.left}`;
    clock.classList.toggle("late", late);
    clock.classList.toggle("soon", !late && left <= 900_000);
    clock.classList.toggle("calm", left > 900_000);
  }
}

if (document.querySelector("[data-due]")) {
  tick();
  setInterval(tick, 1000);
}

// Holding the key shows the picture; letting go, or leaving the window, hides it.
function hold(on) {
  for (const veil of document.querySelectorAll(".veil")) veil.classList.toggle("held", on);
}
addEventListener("blur", () => hold(false));
document.addEventListener("visibilitychange", () => hold(false));

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[next].focus();
  rows[next].scrollIntoView({ block: "nearest" });
  return true;
}

const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
const typing = (target) => target.closest("input, textarea, select, dialog[open]");

function keyed(key) {
  return [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key && !element.hidden);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) {
    event.target.blur();
    return;
  }
  if (typing(event.target)) return;
  if (document.querySelector("[data-hold]")?.dataset.hold === event.key) {
    hold(true);
    return;
  }
  const element = keyed(event.key);
  if (element) {
    event.preventDefault();
    const settled = performance.now() - started > SETTLE_MS;
    if (!event.repeat && (settled || !("decides" in element.dataset))) element.click();
    return;
  }
  // Arrows scroll a pane that has the focus; anywhere else they move between rows.
  if (event.key in STEPS && !event.target.closest(".pane") && move(STEPS[event.key])) event.preventDefault();
});

addEventListener("keyup", (event) => {
  if (document.querySelector("[data-hold]")?.dataset.hold === event.key) hold(false);
});

// One decision a form: a second press while the first is on its way does nothing.
document.addEventListener("submit", (event) => {
  if (event.target.method === "dialog") return;
  if (event.target.ariaBusy === "true") event.preventDefault();
  event.target.ariaBusy = "true";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) form.ariaBusy = "false";
});

for (const opener of document.querySelectorAll("[data-opens]")) {
  opener.hidden = false;
  opener.addEventListener("click", () => document.getElementById(opener.dataset.opens).showModal());
}
