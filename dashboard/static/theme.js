// Before the first paint, so that the wrong colours never flash. The dashboard writes the same key.
try {
  const theme = localStorage.getItem("tidemark-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; then the system's theme it is.
}
