// A table of shares, each cell a button: one of them is in the order of the Tab key, arrow keys go to the others.

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const MOST_OPAQUE = 50; // per cent of the accent; up to here ink is legible on it, light or dark

function render({ model, el }) {
  el.classList.add("wb", "wb-share-grid");
  let focus = [0, 0];

  const chosen = () => model.get("chosen").join(",");
  const buttonAt = ([row, column]) => el.querySelector(`button[data-at="${row},${column}"]`);

  function move(event, [row, column]) {
    const last = model.get("labels").length - 1;
    const to = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [row, 0],
      End: [row, last],
    }[event.key];
    if (!to || to.some((place) => place < 0 || place > last)) return;
    event.preventDefault();
    buttonAt(focus).tabIndex = -1;
    focus = to;
    buttonAt(focus).tabIndex = 0;
    buttonAt(focus).focus();
  }

  function cell(content, row, column) {
    const at = `${row},${column}`;
    const button = make("button", { type: "button", "data-at": at, "aria-label": content.sentence, title: content.sentence }, content.text);
    button.tabIndex = at === focus.join(",") ? 0 : -1;
    button.setAttribute("aria-pressed", at === chosen());
    button.classList.toggle("wb-self", row === column);
    button.classList.toggle("wb-hidden-share", content.share === null);
    button.style.setProperty("--wb-part", `${Math.round(4 + (MOST_OPAQUE - 4) * (content.share ?? 0))}%`);
    button.addEventListener("keydown", (event) => move(event, [row, column]));
    button.addEventListener("click", () => {
      focus = [row, column];
      model.set("chosen", [row, column]);
      model.save_changes();
    });
    return make("td", {}, button);
  }

  function draw() {
    const [labels, cells] = [model.get("labels"), model.get("cells")];
    const hadFocus = el.contains(document.activeElement);
    const heading = make("h2", {}, model.get("title"));
    const note = make("p", { class: "wb-hint" }, model.get("note"));
    if (labels.length < 2) {
      el.replaceChildren(heading, make("p", { class: "wb-empty" }, model.get("empty")));
      return;
    }
    focus = focus.map((place) => Math.min(place, labels.length - 1));
    const head = make("tr", {}, make("td"), ...labels.map((label) => make("th", { scope: "col" }, label)));
    const rows = cells.map((row, index) =>
      make("tr", {}, make("th", { scope: "row" }, labels[index]), ...row.map((content, column) => cell(content, index, column))));
    const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
    el.replaceChildren(heading, note, make("div", { class: "wb-scroll" }, table));
    if (hadFocus) buttonAt(focus)?.focus();
  }

  function mark() {
    for (const button of el.querySelectorAll("button")) button.setAttribute("aria-pressed", button.dataset.at === chosen());
  }

  for (const name of ["title", "note", "empty", "labels", "cells"]) model.on(`change:${name}`, draw);
  model.on("change:chosen", mark);
  draw();
}

export default { render };
