// What pages without the client cannot do by themselves. A <button data-copy="text" hidden> copies
// its text, and its <span> says so; where a browser does not let a page copy, it stays hidden.

const SHOWN_MS = 2000;

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) break;
  const words = button.querySelector("span");
  const label = words.textContent;
  // The button is where the eye is and what has the focus, so it says what became of it.
  words.setAttribute("aria-live", "polite");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const copied = navigator.clipboard.writeText(button.dataset.copy);
    words.textContent = await copied.then(() => "Copied", () => "Not copied");
    setTimeout(() => (words.textContent = label), SHOWN_MS);
  });
}
