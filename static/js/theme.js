/** The theme switch: writes data-theme on <html> and a cookie, which the server renders from then on. */

const YEAR_S = 31_536_000;
const root = document.documentElement;

function shown() {
  if (root.dataset.theme) return root.dataset.theme;
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

/** @param {string} theme */
function choose(theme) {
  root.dataset.theme = theme;
  document.cookie = `theme=${theme};path=/;max-age=${YEAR_S};samesite=lax`;
}

document.addEventListener("click", (event) => {
  const pressed = event.target instanceof Element && event.target.closest("[data-action=theme]");
  if (pressed) choose(shown() === "dark" ? "light" : "dark");
});
