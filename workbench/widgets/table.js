// Builds the table from plain text only; nothing that comes from data is ever read as HTML. Of long tables the first
// rows are drawn, and more when asked for. With keys, rows can be chosen: by the button in their first cell, with the
// arrow keys between those buttons, or by a click anywhere on the row.

const ROWS_AT_ONCE = 200;

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function shown(cell) {
  return cell.tone ? make("span", { class: `wb-pill wb-${cell.tone}` }, cell.text) : cell.text;
}

function ordered(rows, column, isDescending) {
  if (column < 0) return rows;
  const by = (row) => row.cells[column].order ?? row.cells[column].text;
  const isNumber = (row) => typeof by(row) === "number";
  const compare = (a, b) => (isNumber(a)
    ? by(a) - by(b)
    : String(by(a)).localeCompare(String(by(b)), undefined, { numeric: true }));
  return rows.toSorted((a, b) => {
    if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1; // what is missing or hidden comes last, either way
    return isDescending ? compare(b, a) : compare(a, b);
  });
}

function render({ model, el }) {
  el.classList.add("wb", "wb-table");
  const heading = make("h2");
  const note = make("span", { class: "wb-note", role: "status" });
  const filter = make("input", { type: "search", class: "wb-filter", placeholder: "Filter" });
  const frame = make("div");
  el.replaceChildren(make("div", { class: "wb-card-head" }, heading, filter, note), frame);
  let nShown = ROWS_AT_ONCE;

  function put(values) {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    model.save_changes();
  }

  function head(columns) {
    const { column: sortedBy, is_descending: isDescending } = model.get("sorting");
    const headings = columns.map((column, index) => {
      const isSorted = sortedBy === column.key;
      const button = make("button", { type: "button" }, column.label);
      button.addEventListener("click", () => {
        const turned = isSorted ? !isDescending : column.kind === "figure";
        put({ sorting: { column: column.key, is_descending: turned } });
        el.querySelectorAll("th button")[index].focus();
      });
      const direction = isDescending ? "descending" : "ascending";
      return make("th", { scope: "col", class: `wb-${column.kind}`, "aria-sort": isSorted ? direction : "none" }, button);
    });
    return make("thead", {}, make("tr", {}, ...headings));
  }

  function firstCell(row) {
    if (row.key === undefined) return shown(row.cells[0]);
    const button = make("button", { type: "button", class: "wb-row-button" }, shown(row.cells[0]));
    button.addEventListener("keydown", (event) => {
      const buttons = [...el.querySelectorAll(".wb-row-button")];
      const at = buttons.indexOf(button);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
      if (buttons[to] === undefined) return;
      event.preventDefault();
      buttons[to].focus();
    });
    return button;
  }

  function line(row, columns) {
    const cells = row.cells.map((cell, index) => {
      const { kind } = columns[index];
      const attributes = { class: `wb-${kind}` };
      if (kind === "code") attributes.title = cell.text;
      if (index === 0) return make("th", { ...attributes, scope: "row" }, firstCell(row));
      return make("td", attributes, shown(cell));
    });
    const tr = make("tr", row.key === undefined ? {} : { "data-key": row.key }, ...cells);
    if (row.key !== undefined) tr.addEventListener("click", () => put({ selected: row.key }));
    return tr;
  }

  function matching() {
    const keys = model.get("row_keys");
    const words = model.get("filter").toLowerCase().split(/\s+/).filter(Boolean);
    const rows = model.get("cells").map((cells, index) => ({ cells, key: keys[index] }));
    const text = (row) => row.cells.map((cell) => cell.text).join(" ").toLowerCase();
    return words.length ? rows.filter((row) => words.every((word) => text(row).includes(word))) : rows;
  }

  function table(rows, columns) {
    const { column, is_descending: isDescending } = model.get("sorting");
    const inOrder = ordered(rows, columns.findIndex(({ key }) => key === column), isDescending);
    const body = make("tbody", {}, ...inOrder.slice(0, nShown).map((row) => line(row, columns)));
    const region = { class: "wb-scroll", tabindex: "0", role: "region", "aria-label": model.get("title") };
    return make("div", region, make("table", {}, head(columns), body));
  }

  function more(nRows) {
    const nLeft = Math.min(nRows - nShown, ROWS_AT_ONCE);
    const button = make("button", { type: "button", class: "wb-quiet" }, `Show ${nLeft} more`);
    button.addEventListener("click", () => {
      nShown += ROWS_AT_ONCE;
      draw();
    });
    return nLeft > 0 ? [button] : [];
  }

  function mark() {
    for (const tr of frame.querySelectorAll("tr[data-key]")) {
      const isChosen = tr.dataset.key === model.get("selected");
      tr.classList.toggle("wb-chosen", isChosen);
      tr.querySelector(".wb-row-button").setAttribute("aria-pressed", isChosen);
    }
  }

  function draw() {
    const focused = document.activeElement?.closest?.("tr[data-key]");
    const key = el.contains(focused) ? focused.dataset.key : undefined;
    const [all, rows, title] = [model.get("cells"), matching(), model.get("title")];
    heading.textContent = title;
    filter.hidden = !model.get("has_filter") || (all.length === 0 && !model.get("filter"));
    filter.setAttribute("aria-label", `Filter: ${title}`);
    if (filter !== document.activeElement) filter.value = model.get("filter");
    note.textContent = rows.length === all.length ? model.get("note") : `${rows.length} of ${all.length}`;
    if (rows.length) frame.replaceChildren(table(rows, model.get("columns")), ...more(rows.length));
    else frame.replaceChildren(make("p", { class: "wb-empty" }, all.length ? "Nothing matches this filter." : model.get("empty")));
    mark();
    if (key !== undefined) frame.querySelector(`tr[data-key="${CSS.escape(key)}"] .wb-row-button`)?.focus();
  }

  filter.addEventListener("input", () => put({ filter: filter.value }));
  for (const name of ["title", "note", "empty", "columns", "cells", "row_keys", "filter", "has_filter", "sorting"]) {
    model.on(`change:${name}`, draw);
  }
  model.on("change:selected", mark);
  draw();
}

export default { render };
