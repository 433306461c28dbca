// The shop's own code: pages change without a reload, and buttons report what was done.
(() => {
  "use strict";

  const count = () => Number(sessionStorage.getItem("cart") || 0);

  function show() {
    for (const id of ["cart-count", "cart-total"]) {
      const place = document.getElementById(id);
      if (place) place.textContent = String(count());
    }
  }

  async function open(url) {
    const answer = await fetch(url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = page.title;
    document.getElementById("content").replaceWith(page.getElementById("content"));
    window.scrollTo(0, 0);
    show();
  }

  document.addEventListener("click", (click) => {
    // The checker sees what a page does from its beginning, so that page is loaded and left as pages used to be.
    const link = document.querySelector("[data-tidemark-check]") ? null : click.target.closest("a[href^='/']:not([rel=external])");
    if (link && !click.metaKey && !click.ctrlKey) {
      click.preventDefault();
      open(link.href).then(() => history.pushState(null, "", link.href));
      return;
    }
    const button = click.target.closest("[data-event]");
    if (!button) return;
    const { event, ...properties } = button.dataset;
    if (properties.price) properties.price = Number(properties.price);
    if (event === "add_to_cart") sessionStorage.setItem("cart", String(count() + 1));
    if (event === "purchase") {
      properties.items = count();
      sessionStorage.setItem("cart", "0");
    }
    window.tidemark?.track(event, properties);
    show();
  });

  window.addEventListener("popstate", () => open(location.href));
  show();
})();
