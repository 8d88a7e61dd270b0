// Runs before the first paint, so that a dark page does not flash white.
(() => {
  const chosen = localStorage.getItem("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    document.documentElement.dataset.theme = localStorage.getItem("theme") || (dark.matches ? "dark" : "light");
  };
  dark.addEventListener("change", apply);
  if (chosen !== "dark" && chosen !== "light") localStorage.removeItem("theme");
  apply();
})();
