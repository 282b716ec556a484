// The editor of rules: line numbers, marks, checking while somebody writes, completion. Without it the form works alone.
"use strict";

(() => {
  const form = document.getElementById("editor");
  if (!form) return;
  const area = form.querySelector("textarea");
  const under = form.querySelector(".under");
  const numbers = form.querySelector(".numbers-of");
  const box = document.getElementById("choices");
  const verdict = document.getElementById("verdict");
  const heard = document.getElementById("heard");
  const CHECK_AFTER_MS = 350;
  const MOST_CHOICES = 60;
  let known = { words: [], values: {} };
  let mistakes = [...verdict.querySelectorAll("[data-at-line]")].map((one) => ({
    line: Number(one.dataset.atLine),
    column: Number(one.dataset.atColumn),
  }));

  function made(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  // Columns come in characters; a text of the browser counts a character beyond the first plane as two.
  function placeOf(line, column) {
    const lines = area.value.split("\n");
    let at = 0;
    for (let n = 0; n < line - 1 && n < lines.length; n += 1) at += lines[n].length + 1;
    const signs = [...(lines[line - 1] ?? "")].slice(0, column - 1);
    return at + signs.join("").length;
  }

  const TOKEN = /(#[^\n]*)|("(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)|(\b\d[\d_.]*(?:e[+-]?\d+)?\b)|([\p{L}_][\p{L}\p{N}_.]*)/gu;

  function kindOf(name) {
    const word = known.words.find((one) => one.text === name);
    return word && word.kind !== "part" ? word.kind : "";
  }

  // The same text, coloured, lies under the writing; the places of mistakes are underlined in it.
  function paint() {
    const wrong = new Set(mistakes.map((one) => placeOf(one.line, one.column)));
    const pieces = [];
    let behind = 0;
    for (const found of area.value.matchAll(TOKEN)) {
      const kind = found[1] ? "note" : found[2] ? "quoted" : found[3] ? "number" : kindOf(found[0]);
      if (found.index > behind) pieces.push([behind, found.index, ""]);
      pieces.push([found.index, found.index + found[0].length, kind]);
      behind = found.index + found[0].length;
    }
    pieces.push([behind, area.value.length, ""]);
    under.replaceChildren();
    for (const [start, end, kind] of pieces) {
      const cuts = [...wrong].filter((at) => at >= start && at < end).sort((a, b) => a - b);
      let from = start;
      for (const at of cuts) {
        if (at > from) under.append(made("span", kind, area.value.slice(from, at)));
        const long = kind ? end : at + 1;
        under.append(made("span", `${kind} wrong`.trim(), area.value.slice(at, long)));
        from = long;
        if (from >= end) break;
      }
      if (from < end) under.append(made("span", kind, area.value.slice(from, end)));
    }
    if (wrong.has(area.value.length)) under.append(made("span", "wrong", " "));
    under.append("\n");
    const count = area.value.split("\n").length;
    const rows = Math.max(count + 2, 14);
    area.rows = rows;
    const bad = new Set(mistakes.map((one) => one.line));
    numbers.replaceChildren();
    for (let n = 1; n <= rows; n += 1) numbers.append(made("span", bad.has(n) ? "bad" : "", n <= count ? `${n}\n` : "\n"));
    follow();
  }

  function follow() {
    under.scrollLeft = area.scrollLeft;
  }

  // Checking
  let waits = 0;
  let asked = 0;

  async function ask() {
    const turn = (asked += 1);
    let said;
    try {
      const body = new URLSearchParams({ csrf: form.elements.csrf.value, text: area.value });
      const answer = await fetch(form.dataset.check, { method: "POST", body });
      if (!answer.ok) throw new Error(answer.status);
      said = await answer.json();
    } catch {
      if (turn === asked) verdict.replaceChildren(made("p", "hint", verdict.dataset.lost));
      return;
    }
    if (turn === asked) tell(said);
  }

  function tell(said) {
    mistakes = said.mistakes;
    paint();
    if (!mistakes.length) {
      const names = said.rules.map((one) => `${one.name} (${one.then})`).join(", ");
      verdict.replaceChildren(made("p", "message good", `${verdict.dataset.good} ${names}`));
      area.removeAttribute("aria-invalid");
      return;
    }
    area.setAttribute("aria-invalid", "true");
    const list = made("ol", "plain lines mistakes");
    for (const one of mistakes) {
      const row = made("li");
      const go = made("button", "quiet", `${verdict.dataset.line} ${one.line}:${one.column}`);
      go.type = "button";
      go.addEventListener("click", () => {
        const at = placeOf(one.line, one.column);
        area.focus();
        area.setSelectionRange(at, at);
      });
      const text = made("span", "", one.message);
      text.dir = "auto";
      row.append(go, " ", text);
      list.append(row);
    }
    verdict.replaceChildren(list);
  }

  function later() {
    clearTimeout(waits);
    waits = setTimeout(ask, CHECK_AFTER_MS);
  }

  // Completion
  let choices = [];
  let chosen = -1;
  let from = 0;

  // Says whether the caret stands in quotes, and where they begin: strings do not go over the end of a line.
  function quoteBefore(at) {
    const start = area.value.lastIndexOf("\n", at - 1) + 1;
    let open = "";
    let place = -1;
    for (let n = start; n < at; n += 1) {
      const sign = area.value[n];
      if (open && sign === "\\") n += 1;
      else if (open && sign === open) open = "";
      else if (!open && sign === "#") return { note: true, place: -1 };
      else if (!open && (sign === '"' || sign === "'")) [open, place] = [sign, n];
    }
    return { note: false, place: open ? place : -1 };
  }

  const PART = /\b(name|when|then|because|owner|surfaces|ceiling)\s*=(?!=)/g;
  const LISTS = ["matches.banks", "matches.groups", "matches.types"];

  // What may stand in the quotes that open at a place: values of the field that is named last before it.
  function valuesBefore(place) {
    const before = area.value.slice(Math.max(place - 2000, 0), place);
    const part = [...before.matchAll(PART)].at(-1);
    if (part?.[1] === "surfaces") return known.values.surfaces ?? [];
    if (part?.[1] !== "when") return [];
    const clause = before.slice(part.index).split(/\band\b|\bor\b|\bif\b|\belse\b/).at(-1);
    const named = (clause.match(/[a-z_][a-z_.]*/g) ?? []).filter((one) => one in known.values).at(-1);
    return named ? known.values[named] : LISTS.flatMap((one) => known.values[one] ?? []);
  }

  // A reason shows what an item held: {item.views}.
  function placeholderAt(place, at) {
    const brace = area.value.lastIndexOf("{", at - 1);
    return brace > place && !area.value.slice(brace, at).includes("}") ? brace + 1 : -1;
  }

  function fieldsLike(typed) {
    const plain = known.words.filter((one) => one.kind === "field" && !one.opens);
    return plain.filter((one) => one.text.includes(typed) && one.text !== typed).map((one) => ({ ...one, kind: "placeholder" }));
  }

  function offered(asked) {
    const at = area.selectionStart;
    if (at !== area.selectionEnd) return [];
    const { note, place } = quoteBefore(at);
    if (note) return [];
    if (place >= 0) {
      const brace = placeholderAt(place, at);
      if (brace > 0) {
        from = brace;
        return fieldsLike(area.value.slice(from, at));
      }
      from = place + 1;
      const typed = area.value.slice(from, at).toLowerCase();
      return valuesBefore(place)
        .filter((value) => value.toLowerCase().includes(typed) && value !== area.value.slice(from, at))
        .map((value) => ({ text: value, kind: "quoted", type: "", help: "" }));
    }
    const typed = area.value.slice(0, at).match(/[A-Za-z_][\w.]*$/)?.[0] ?? "";
    from = at - typed.length;
    if (!typed && !asked) return [];
    const low = typed.toLowerCase();
    const begins = known.words.filter((one) => one.text.startsWith(low) && one.text !== typed);
    const holds = known.words.filter((one) => !one.text.startsWith(low) && one.text.includes(low));
    return [...begins, ...(low.length > 1 ? holds : [])];
  }

  function open(asked = false) {
    choices = offered(asked).slice(0, MOST_CHOICES);
    if (!choices.length) {
      close();
      return;
    }
    box.replaceChildren(
      ...choices.map((one, n) => {
        const row = made("li");
        row.id = `choice-${n}`;
        row.setAttribute("role", "option");
        row.append(made("code", one.kind, one.text), made("span", "hint", [one.type, one.help].filter(Boolean).join(" · ")));
        row.addEventListener("pointerdown", (event) => {
          event.preventDefault(); // the writing keeps the focus
          take(n);
        });
        return row;
      }),
    );
    box.hidden = false;
    area.setAttribute("aria-controls", "choices");
    heard.textContent = `${choices.length} ${heard.dataset.some}`;
    choose(0);
    place();
  }

  function choose(n) {
    chosen = (n + choices.length) % choices.length;
    [...box.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
    area.setAttribute("aria-activedescendant", `choice-${chosen}`);
    box.children[chosen].scrollIntoView({ block: "nearest" });
  }

  function close() {
    box.hidden = true;
    chosen = -1;
    area.removeAttribute("aria-activedescendant");
    area.removeAttribute("aria-controls");
    heard.textContent = "";
  }

  // The list stands under the word that is being written: the copy below the writing says where that is.
  function place() {
    const walker = document.createTreeWalker(under, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    let left = from;
    let node = walker.nextNode();
    while (node && left > node.length) {
      left -= node.length;
      node = walker.nextNode();
    }
    if (!node) return;
    range.setStart(node, left);
    range.setEnd(node, left);
    const at = range.getBoundingClientRect();
    const sheet = box.parentElement.getBoundingClientRect();
    const most = Math.max(sheet.width - box.offsetWidth, 0);
    box.style.insetInlineStart = `${Math.min(Math.max(at.left - sheet.left, 0), most)}px`;
    box.style.insetBlockStart = `${at.bottom - sheet.top + 4}px`;
  }

  function take(n) {
    const one = choices[n];
    const at = area.selectionStart;
    const end = { quoted: area.value[from - 1], placeholder: "}" }[one.kind] ?? "";
    const there = end !== "" && area.value[at] === end;
    put(from, at, one.text + (one.opens ? "(" : "") + (there ? "" : end));
    if (there) area.setSelectionRange(area.selectionStart + 1, area.selectionStart + 1);
    close();
    area.focus();
    if (one.opens) open();
  }

  // What is put in can be undone with Ctrl+Z like what was typed.
  function put(start, end, text) {
    area.focus();
    area.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, start, end, "end");
      changed();
    }
  }

  function changed() {
    mistakes = [];
    paint();
    later();
  }

  area.addEventListener("input", () => {
    changed();
    open();
  });
  area.addEventListener("scroll", follow);
  area.addEventListener("blur", close);
  area.addEventListener("click", close);
  area.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === " ") {
      event.preventDefault();
      open(true);
      return;
    }
    if (box.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(chosen + step);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) take(chosen);
    else if (event.key === "Escape") close();
    else {
      if (["ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"].includes(event.key)) close();
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // Escape closes the list, and does not leave the text
  });

  // The side panel: searched, and put in where the caret stands
  const search = document.getElementById("search");
  const rows = [...document.querySelectorAll("[data-word]")];
  search.closest("label").hidden = false;
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    for (const part of document.querySelectorAll(".words details")) {
      const some = [...part.querySelectorAll("[data-word]")].some((row) => !row.hidden);
      part.hidden = !some;
      if (wanted) part.open = some;
    }
  });
  for (const row of rows) {
    const name = row.querySelector("code");
    const button = made("button", "quiet word");
    button.type = "button";
    name.replaceWith(button);
    button.append(name);
    button.addEventListener("click", () => {
      const word = known.words.find((one) => one.text === row.dataset.word);
      put(area.selectionStart, area.selectionEnd, row.dataset.word + (word?.opens ? "(" : ""));
    });
  }

  // Going away with something unsaved asks first.
  const given = area.value;
  let sent = false;
  form.addEventListener("submit", () => {
    sent = true;
  });
  addEventListener("beforeunload", (event) => {
    if (!sent && area.value !== given) event.preventDefault();
  });

  form.classList.add("alive");
  document.querySelector(".keys-hint").hidden = false;
  paint();
  fetch(form.dataset.words)
    .then((answer) => (answer.ok ? answer.json() : known))
    .then((words) => {
      known = words;
      paint();
    })
    .catch(() => {});
})();
