// What pages without the client cannot do by themselves. A <button data-copy="text" hidden> copies
// its text; where a browser does not let a page copy, it stays hidden.

const SHOWN_MS = 2000;

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) break;
  const label = button.textContent;
  // The button is where the eye is and what has the focus, so it says what became of it.
  button.setAttribute("aria-live", "polite");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const copied = navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = await copied.then(() => "Copied", () => "Not copied");
    setTimeout(() => (button.textContent = label), SHOWN_MS);
  });
}
