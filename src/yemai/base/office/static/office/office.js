/* Names the library's searchable lists for screen readers: it leaves them without the label of the list they stand for. */
(function () {
  "use strict";
  function name(list) {
    const label = document.querySelector(`label[for="${list.id}"]`);
    const shown = list.nextElementSibling;
    if (!label || !shown) return;
    const words = label.textContent.replace("*", "").trim();
    shown.querySelectorAll(".select2-selection, .select2-selection__rendered, .select2-search__field").forEach((part) => {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", words);
    });
  }
  function nameAll() {
    document.querySelectorAll("select.select2-hidden-accessible").forEach(name);
  }
  // The library puts its lists in place when the page is ready; ours comes after that, and after each row it adds.
  window.addEventListener("load", () => {
    nameAll();
    new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
  });
  // An open list's own search box lies at the end of the page.
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".select2-search__field") && !event.target.getAttribute("aria-label")) {
      const open = document.querySelector(".select2-container--open .select2-selection");
      if (open) event.target.setAttribute("aria-label", open.getAttribute("aria-label") || "");
    }
  });
})();
