// What a page does before the program is there, and without it.

// The colours, so that the wrong ones never flash. The dashboard writes the same key. What is embedded in another site's page
// has its colours from its address: `/embed/SLUG?theme=dark&background=transparent`.
try {
  const root = document.documentElement.dataset;
  const isEmbedded = location.pathname.startsWith("/embed/");
  const asked = new URLSearchParams(location.search);
  const theme = isEmbedded ? asked.get("theme") : localStorage.getItem("tidemark-theme");
  if (theme === "light" || theme === "dark") root.theme = theme;
  if (isEmbedded) root.embedded = asked.get("background") ?? "";
} catch {
  // Storage may be forbidden; then the system's theme it is.
}

// Whether there is a network.
const say = () => {
  document.getElementById("offline").textContent = navigator.onLine ? "" : "You are offline. What you see is as of before.";
};
for (const event of ["online", "offline", "DOMContentLoaded"]) addEventListener(event, say);
