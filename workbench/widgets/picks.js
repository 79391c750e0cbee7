// Radio buttons or tick boxes of the browser, so that keyboard and screen readers work, in one of five looks: cards,
// segments, pills, a list with a field to search it, or the browser's own drop-down. Of a list with several chosen, these
// also stand above it, to be taken out.

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// The browser knows what countries are called.
function regionName(code) {
  try {
    return new Intl.DisplayNames(["en"], { type: "region" }).of(code);
  } catch {
    return code;
  }
}

function labelOf(option) {
  return option.is_country ? regionName(option.value) : option.label;
}

// One of several, where there is no room to show them all.
function renderSelect({ model, el }) {
  const id = `wb-select-${Math.random().toString(36).slice(2)}`;
  el.classList.add("wb", "wb-field");
  const words = make("label", { for: id });
  const select = make("select", { id });
  el.replaceChildren(words, select);

  function draw() {
    words.textContent = model.get("label");
    select.disabled = model.get("is_disabled");
    const options = model.get("options").map((option) => make("option", { value: option.value }, labelOf(option)));
    select.replaceChildren(...options);
    select.value = model.get("value");
  }

  select.addEventListener("change", () => {
    model.set("value", select.value);
    model.save_changes();
  });
  for (const name of ["label", "options", "value", "is_disabled"]) model.on(`change:${name}`, draw);
  draw();
}

function render({ model, el }) {
  if (model.get("look") === "select") return renderSelect({ model, el });
  // Random, because each widget runs its own copy of this file: a counter would start anew in each.
  const group = `wb-picks-${Math.random().toString(36).slice(2)}`;
  const isSingle = model.get("is_single");
  const look = model.get("look");
  el.classList.add("wb", "wb-picks");
  const legend = make("legend");
  const chips = make("div", { class: "wb-chips" });
  const search = make("input", { type: "search", placeholder: "Search" });
  const options = make("div", { class: `wb-${look}` });
  const hint = make("p", { class: "wb-hint" });
  const fieldset = make("fieldset", {}, legend, chips, search, options, hint);
  el.replaceChildren(fieldset);
  search.hidden = look !== "list";

  const chosen = () => (isSingle ? [model.get("value")] : model.get("value"));

  function put(values) {
    model.set("value", isSingle ? (values[0] ?? "") : values);
    model.save_changes();
  }

  function choice(option) {
    const input = make("input", { type: isSingle ? "radio" : "checkbox", name: group, value: option.value });
    input.checked = chosen().includes(option.value);
    input.disabled = Boolean(option.is_disabled) && !input.checked;
    input.addEventListener("change", () => {
      if (isSingle) put([option.value]);
      else put(input.checked ? [...chosen(), option.value] : chosen().filter((value) => value !== option.value));
    });
    const words = make("span", { class: "wb-pick-words" }, make("span", {}, labelOf(option)));
    if (option.hint) words.append(" ", make("small", {}, option.hint));
    const label = make("label", {}, input, words);
    if (option.pill) label.append(" ", make("span", { class: `wb-pill wb-${option.tone}` }, option.pill));
    return label;
  }

  function chip(option) {
    const remove = make("button", { type: "button", "aria-label": `Remove ${labelOf(option)}` }, "×");
    remove.addEventListener("click", () => {
      put(chosen().filter((value) => value !== option.value));
      search.focus();
    });
    return make("span", { class: "wb-chip" }, labelOf(option), remove);
  }

  function drawOptions() {
    const focused = el.contains(document.activeElement) ? document.activeElement.value : undefined;
    const isTyping = document.activeElement === search;
    const words = search.value.toLowerCase();
    const all = model.get("options");
    const found = all.filter((option) => `${labelOf(option)} ${option.hint} ${option.value}`.toLowerCase().includes(words));
    options.replaceChildren(...found.map(choice));
    if (!found.length) options.append(make("p", { class: "wb-empty" }, all.length ? "Nothing found." : model.get("empty")));
    if (!isTyping && focused) options.querySelector(`input[value="${CSS.escape(focused)}"]`)?.focus();
    search.hidden = look !== "list" || all.length < 8;
  }

  function follow() {
    for (const input of options.querySelectorAll("input")) input.checked = chosen().includes(input.value);
    const byValue = Object.fromEntries(model.get("options").map((option) => [option.value, option]));
    const isChips = look === "list" && !isSingle;
    chips.replaceChildren(...(isChips ? chosen().flatMap((value) => (byValue[value] ? [chip(byValue[value])] : [])) : []));
    chips.hidden = !chips.childElementCount;
  }

  function draw() {
    legend.textContent = model.get("label");
    search.setAttribute("aria-label", `Search: ${model.get("label")}`);
    hint.textContent = model.get("hint");
    hint.hidden = !model.get("hint");
    fieldset.disabled = model.get("is_disabled");
    drawOptions();
    follow();
  }

  search.addEventListener("input", drawOptions);
  model.on("change:value", follow);
  for (const name of ["label", "options", "hint", "empty", "is_disabled"]) model.on(`change:${name}`, draw);
  draw();
  return undefined;
}

export default { render };
