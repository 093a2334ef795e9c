"use strict";

// Sorting, filtering, the map, and printing. Without script, the page shows the same content.

const say = (text) => { document.getElementById("live").textContent = text; };
const plain = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function sortKey(row, column) {
  const cell = row.cells[column];
  const text = cell.dataset.sort ?? cell.textContent.trim();
  const figure = Number(text.replaceAll(",", ""));
  return text === "" || Number.isNaN(figure) ? text : figure;
}

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return plain.compare(one, other);
}

function sort(table, header) {
  const descending = header.ariaSort === "ascending" ||
    (header.ariaSort !== "descending" && header.classList.contains("figure"));
  const body = table.tBodies[0];
  const keyed = Array.from(body.rows, (row) => [sortKey(row, header.cellIndex), row]);
  keyed.sort(([one], [other]) => (descending ? compare(other, one) : compare(one, other)));
  body.append(...keyed.map(([, row]) => row));
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  say(`Sorted by ${header.textContent.trim()}, ${descending ? "descending" : "ascending"}`);
}

for (const table of document.querySelectorAll("table[data-sortable]")) {
  for (const header of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => sort(table, header));
  }
}

for (const filter of document.querySelectorAll(".filter")) {
  const rows = Array.from(document.getElementById(filter.dataset.table).tBodies[0].rows);
  const texts = new Map();
  const words = filter.querySelector("input[type=search]");
  const gaps = filter.querySelector("input[value=gaps]");
  const shown = filter.querySelector("output");

  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };

  const apply = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      row.hidden = (gaps?.checked && row.classList.contains("whole")) ||
        !wanted.every((word) => textOf(row).includes(word));
      count += !row.hidden;
    }
    const all = count === rows.length;
    shown.textContent = all ? `${count.toLocaleString("en")} shown`
      : `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
  };

  filter.hidden = false;
  filter.addEventListener("input", apply);
  words.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { words.value = ""; apply(); }
  });
  apply();
}

const map = document.getElementById("map");
if (map) {
  const rows = Array.from(document.getElementById("accounts").tBodies[0].rows);
  const told = document.getElementById("map-account");
  const { columns, pitch, line } = map.dataset;

  const rowAt = (event) => {
    const box = map.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / pitch);
    return rows[Math.floor((event.clientY - box.top) / line) * columns + column];
  };

  map.addEventListener("pointermove", (event) => {
    const cells = rowAt(event)?.cells;
    told.textContent = cells ? `${cells[0].textContent} ${cells[1].textContent}` : "";
  });
  map.addEventListener("click", (event) => {
    const row = rowAt(event);
    if (!row) return;
    rows.forEach((each) => each.classList.remove("aim"));
    row.hidden = false;
    row.classList.add("aim");
    row.scrollIntoView({ block: "center" });
  });
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
