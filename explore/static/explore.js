"use strict";

// Keys, copying and printing. Without script, the pages show and do the same.

const say = (text) => { document.getElementById("live").textContent = text; };
const pages = { h: "/", r: "/resources", c: "/changes", b: "/coverage?gaps=1" };
const WAIT = 1500;
let going = 0;

function step(by) {
  const rows = Array.from(document.querySelectorAll("main a.row"));
  if (!rows.length) return;
  const now = rows.indexOf(document.activeElement);
  const next = now < 0 && by < 0 ? rows.length - 1 : now + by;
  const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

function find() {
  const box = document.getElementById("q");
  box.focus();
  box.select();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const keys = document.getElementById("keys");
  const page = Date.now() - going < WAIT ? pages[event.key] : undefined;
  going = event.key === "g" ? Date.now() : 0;
  if (keys.open || event.key === "g") return;
  if (page) location.assign(page);
  else if (event.key === "/") find();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "?") keys.showModal();
  else return;
  event.preventDefault();
});

for (const each of document.querySelectorAll(".copy")) {
  each.title = "Copy: click, or Enter";
  const copy = async () => {
    if (getSelection().toString()) return;
    await navigator.clipboard.writeText(each.textContent);
    each.classList.add("copied");
    say("Copied");
  };
  each.addEventListener("click", copy);
  each.addEventListener("keydown", (event) => { if (event.key === "Enter") copy(); });
}

const query = document.getElementById("sql");
query?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) query.form.requestSubmit();
});

for (const chosen of document.querySelectorAll(".filters select")) {
  chosen.addEventListener("change", () => chosen.form.requestSubmit());
}

const opened = [];
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details:not([open])")) {
    each.open = true;
    opened.push(each);
  }
});
addEventListener("afterprint", () => {
  for (const each of opened.splice(0)) each.open = false;
});
