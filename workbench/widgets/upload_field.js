// Sends a file to the kernel in pieces, in order, and only as many at a time as it is told to. The file is never read
// whole, here or there, and its content goes nowhere else.

const PIECE_BYTES = 1 << 20;

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function shownBytes(nBytes) {
  if (nBytes < 1e6) return `${Math.max(1, Math.round(nBytes / 1e3))} kB`;
  return `${(nBytes / 1e6).toFixed(nBytes < 1e7 ? 1 : 0)} MB`;
}

function render({ model, el }) {
  el.classList.add("wb", "wb-upload");
  const input = make("input", { type: "file" });
  const words = make("span", { class: "wb-upload-words" });
  const hint = make("span", { class: "wb-hint" });
  const trouble = make("p", { class: "wb-upload-trouble", role: "alert" });
  el.replaceChildren(make("label", { class: "wb-drop" }, input, words, hint), trouble);
  let sending = null;

  function say(text) {
    trouble.textContent = text;
    trouble.hidden = !text;
  }

  function draw() {
    const name = model.get("file_name");
    words.textContent = name ? `${model.get("label")}: ${name}` : model.get("label");
    hint.textContent = name ? "Choose or drop another file to replace it." : model.get("hint");
    input.disabled = model.get("is_disabled");
  }

  function begin(file) {
    const most = model.get("max_bytes");
    say("");
    if (file.size === 0) return say("This file is empty; choose another one.");
    if (file.size > most) {
      return say(`This file has ${shownBytes(file.size)}, more than the ${shownBytes(most)} that can be uploaded; put it into the workbench’s folder and pick it there.`);
    }
    sending = { file, offset: 0, id: crypto.getRandomValues(new Uint32Array(1))[0] };
    return model.send({ kind: "begin", id: sending.id, name: file.name, n_bytes: file.size });
  }

  async function send(current, nPieces) {
    for (let n = 0; n < nPieces && sending === current && current.offset < current.file.size; n += 1) {
      const offset = current.offset;
      const end = Math.min(offset + PIECE_BYTES, current.file.size);
      current.offset = end; // before waiting: another call may come meanwhile
      const piece = await current.file.slice(offset, end).arrayBuffer();
      if (sending !== current) return;
      model.send({ kind: "piece", id: current.id, offset }, undefined, [piece]);
    }
  }

  let turn = Promise.resolve(); // one after the other, or pieces would overtake each other
  function onMessage(message) {
    const current = sending;
    if (!current || message.id !== current.id) return;
    if (message.kind === "stop") {
      sending = null;
      return;
    }
    turn = turn.then(() => send(current, message.n_pieces)).catch(() => {
      sending = null;
      say("This file could not be read any more; choose it again.");
      model.send({ kind: "failed", id: current.id });
    });
  }

  input.addEventListener("change", () => {
    if (input.files.length) begin(input.files[0]);
    input.value = ""; // so that choosing the same file again is a change
  });
  const drop = el.querySelector(".wb-drop");
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("wb-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("wb-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length && !input.disabled) begin(event.dataTransfer.files[0]);
  });
  model.on("msg:custom", onMessage);
  for (const name of ["label", "hint", "file_name", "is_disabled"]) model.on(`change:${name}`, draw);
  say("");
  draw();
  return () => {
    if (sending) model.send({ kind: "failed", id: sending.id });
    sending = null;
  };
}

export default { render };
