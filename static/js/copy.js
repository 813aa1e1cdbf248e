/** Buttons that copy a field: `data-copy` names it. Says so in the popover, also where the clipboard is closed to pages. */

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!(button instanceof HTMLElement)) return;
  const field = document.querySelector(button.dataset.copy ?? "");
  const said = button.closest("[popover]")?.querySelector("[data-copied]");
  if (!(field instanceof HTMLInputElement)) return;
  field.select();
  const copied = await (navigator.clipboard?.writeText(field.value) ?? Promise.reject()).then(
    () => true,
    () => false,
  );
  if (said) said.textContent = copied ? "Copied." : "Press Ctrl C to copy.";
});
