// A button that asks the kernel for a file and hands it to the browser, which keeps it as any other download.

function render({ model, el }) {
  el.classList.add("wb", "wb-download");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "wb-download-button";
  const status = document.createElement("span");
  status.className = "wb-hint";
  status.setAttribute("role", "status");
  el.replaceChildren(button, status);

  function show() {
    button.textContent = model.get("label");
    button.disabled = model.get("is_disabled") || model.get("is_busy");
    button.setAttribute("aria-busy", String(model.get("is_busy")));
    status.textContent = model.get("message");
  }

  function keep({ kind, name, type }, buffers) {
    if (kind !== "file") return;
    const address = URL.createObjectURL(new Blob(buffers, { type }));
    const link = Object.assign(document.createElement("a"), { href: address, download: name });
    link.click();
    // The browser reads the address after the click has returned.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  button.addEventListener("click", () => model.send({ kind: "wanted" }));
  model.on("msg:custom", keep);
  for (const name of ["label", "is_disabled", "is_busy", "message"]) model.on(`change:${name}`, show);
  show();
}

export default { render };
