// A range and a number field that show one value. The number field speaks its unit; typing past a limit stops there.

function render({ model, el }) {
  // Random, because each widget runs its own copy of this file: a counter would start anew in each.
  const id = `wb-slider-${Math.random().toString(36).slice(2)}`;
  el.classList.add("wb", "wb-field");
  el.innerHTML = `
    <div class="wb-field-head">
      <label for="${id}"></label>
      <span class="wb-number"><span></span><input type="number"><span></span></span>
    </div>
    <input type="range" id="${id}">
    <div class="wb-hint" id="${id}-hint"></div>`;
  const label = el.querySelector("label");
  const range = el.querySelector("input[type=range]");
  const number = el.querySelector("input[type=number]");
  const [before, after] = el.querySelectorAll(".wb-number > span");
  const hint = el.querySelector(".wb-hint");
  range.setAttribute("aria-describedby", hint.id);

  function show() {
    const [text, unit, per, low, high] = ["label", "unit", "per", "low", "high"].map((name) => model.get(name));
    const value = model.get("value");
    label.textContent = text;
    before.textContent = unit;
    after.textContent = per;
    hint.textContent = model.get("hint");
    hint.hidden = !model.get("hint");
    number.setAttribute("aria-label", [text, unit, per].filter(Boolean).join(", "));
    range.setAttribute("aria-valuetext", `${unit}${value} ${per}`.trim());
    for (const input of [range, number]) {
      Object.assign(input, { min: low, max: high, step: model.get("step"), disabled: model.get("is_disabled") });
    }
    range.value = value;
    if (document.activeElement !== number) number.value = shown(value);
    range.style.setProperty("--wb-part", high > low ? `${(100 * (range.value - low)) / (high - low)}%` : "0%");
  }

  const shown = (value) => {
    const digits = (String(model.get("step")).split(".")[1] ?? "").length;
    return value.toFixed(digits);
  };

  function choose(text) {
    const value = Number.parseFloat(text);
    if (!Number.isFinite(value)) return;
    model.set("value", Math.min(Math.max(value, model.get("low")), model.get("high")));
    model.save_changes();
    show();
  }

  range.addEventListener("input", () => choose(range.value));
  number.addEventListener("change", () => {
    choose(number.value);
    number.value = shown(model.get("value"));
  });
  number.addEventListener("blur", show);
  for (const name of ["label", "unit", "per", "hint", "low", "high", "step", "value", "is_disabled"]) {
    model.on(`change:${name}`, show);
  }
  show();
}

export default { render };
