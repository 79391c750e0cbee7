// Tells the kernel what stands behind the "?" of the page's address, keeps the address up to date, and copies it.
// Only on a dashboard: JupyterLab's address is JupyterLab's own.

const isOwnPage = () => document.documentElement.classList.contains("wb-page");

function render({ model, el }) {
  if (!isOwnPage()) return;
  el.classList.add("wb", "wb-download");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "wb-download-button";
  button.textContent = model.get("label");
  const status = document.createElement("span");
  status.className = "wb-hint";
  status.setAttribute("role", "status");
  el.replaceChildren(button, status);

  function show() {
    const address = new URL(window.location.href);
    address.search = model.get("query");
    window.history.replaceState(null, "", address);
    status.textContent = "";
  }

  button.addEventListener("click", async () => {
    const address = window.location.href;
    try {
      await navigator.clipboard.writeText(address);
      status.textContent = "Copied.";
    } catch {
      status.textContent = "Copy the address of this page."; // a browser may refuse pages that are not encrypted
    }
  });
  model.on("change:query", show);
  model.set("query", window.location.search.replace(/^\?/, ""));
  model.set("is_known", true);
  model.save_changes();
}

export default { render };
