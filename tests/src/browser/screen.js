// What somebody sees, as JSON for `Screen`. Runs in the page.
const all = (css, within = document) => [...within.querySelectorAll(css)];
const text = (css, within = document) =>
  all(css, within).map((found) => found.innerText.trim()).filter(Boolean).join("\n");
const row = (found) => {
  if (found.matches(".message")) {
    const label = found.getAttribute("aria-label") ?? "";
    return {
      kind: "message",
      id: found.id,
      by: label.slice(0, label.lastIndexOf(", ")),
      text: text(".message-body", found).replace(/ \(edited\)$/, ""),
      edited: !!found.querySelector(".message-edited"),
      deleted: !!found.querySelector(".message-deleted"),
      reactions: all(".reaction[aria-pressed]", found).map((one) => one.getAttribute("aria-label")),
      state: found.dataset.state ?? null,
    };
  }
  const kind = found.matches(".new-divider") ? "new" : "system";
  return { kind, id: found.id, by: "", text: found.innerText.trim(), reactions: [] };
};
const link = (found) => ({
  name: text("span:not(.avatar)", found),
  unread: Number(text(".badge", found)),
  bold: Number(getComputedStyle(found).fontWeight) >= 600,
  current: found.getAttribute("aria-current") === "page",
  section: document.getElementById(
    found.closest("ul").getAttribute("aria-labelledby"),
  ).innerText.trim(),
});
// Who looks after the workspace reads there what they are.
const isConnected = !!document.querySelector(".sidebar .status[data-state=connected]");
const focused = document.activeElement;
return {
  title: document.title,
  path: location.pathname + location.search,
  heading: text("main h1 > span:not(.avatar)") || text("main h1"),
  me: text(".sidebar .me b"),
  status: isConnected ? "Connected" : text(".sidebar .status"),
  banner: text(".banner"),
  toast: text(".toast"),
  typing: text(".typing"),
  topic: text(".room-topic"),
  here: text(".bar-count"),
  jump: text(".jump"),
  dialog: text("dialog[open]"),
  suggestions: all(".suggest [role=option]").map((found) => found.innerText.trim()),
  chosen: text("[role=option][aria-selected=true]"),
  draft: document.getElementById("composer")?.value ?? null,
  focus: focused.id || focused.getAttribute("aria-label") || focused.innerText?.trim() || focused.tagName,
  rows: all("#timeline [data-row]").map(row),
  rooms: all(".sidebar-row").map(link),
};
