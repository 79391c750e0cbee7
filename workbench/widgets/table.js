// Builds the table from plain text only; nothing that comes from data is ever read as HTML.

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function pill(cell) {
  return make("span", { class: `wb-pill wb-${cell.tone}` }, cell.text);
}

function ordered(rows, { column, isDescending }) {
  if (column === null) return rows;
  const by = (row) => row[column].order ?? row[column].text;
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
  let sorting = { column: null, isDescending: false };

  function head(columns, redraw) {
    const headings = columns.map((column, index) => {
      const isSorted = sorting.column === index;
      const button = make("button", { type: "button" }, column.label);
      button.addEventListener("click", () => {
        const isDescending = isSorted ? !sorting.isDescending : column.kind === "figure";
        sorting = { column: index, isDescending };
        redraw();
        el.querySelectorAll("th button")[index].focus();
      });
      const direction = sorting.isDescending ? "descending" : "ascending";
      const th = make("th", { scope: "col", "aria-sort": isSorted ? direction : "none" }, button);
      th.className = `wb-${column.kind}`;
      return th;
    });
    return make("thead", {}, make("tr", {}, ...headings));
  }

  function body(columns) {
    const rows = ordered(model.get("cells"), sorting).map((row) => {
      const cells = row.map((cell, index) => {
        const { kind } = columns[index];
        const attributes = { class: `wb-${kind}` };
        if (kind === "code") attributes.title = cell.text;
        if (index === 0) attributes.scope = "row";
        return make(index === 0 ? "th" : "td", attributes, cell.tone ? pill(cell) : cell.text);
      });
      return make("tr", {}, ...cells);
    });
    return make("tbody", {}, ...rows);
  }

  function draw() {
    const [title, note, columns] = [model.get("title"), model.get("note"), model.get("columns")];
    const heading = make("div", { class: "wb-card-head" }, make("h2", {}, title), make("span", { class: "wb-note" }, note));
    if (model.get("cells").length === 0) {
      el.replaceChildren(heading, make("p", { class: "wb-empty" }, model.get("empty")));
      return;
    }
    const table = make("table", {}, head(columns, draw), body(columns));
    const frame = make("div", { class: "wb-scroll", tabindex: "0", role: "region", "aria-label": title }, table);
    el.replaceChildren(heading, frame);
  }

  for (const name of ["title", "note", "empty", "columns", "cells"]) model.on(`change:${name}`, draw);
  draw();
}

export default { render };
