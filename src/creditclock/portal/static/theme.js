// The theme that was chosen, before anything is drawn: "light", "dark", or what the system says.
"use strict";

(() => {
  const KEY = "creditclock-theme";
  const root = document.documentElement;
  const kept = () => {
    try {
      return localStorage.getItem(KEY) || "";
    } catch {
      return ""; // storage may be forbidden: the choice then lasts as long as the page
    }
  };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };

  root.classList.add("with-script");
  apply(kept());
  addEventListener("DOMContentLoaded", () => {
    const choices = document.getElementById("themes");
    const mark = (theme) => {
      const choice = choices.querySelector(`input[value="${theme === "light" || theme === "dark" ? theme : ""}"]`);
      choice.checked = true;
    };
    mark(kept());
    choices.addEventListener("change", (event) => {
      apply(event.target.value);
      try {
        if (event.target.value) localStorage.setItem(KEY, event.target.value);
        else localStorage.removeItem(KEY);
      } catch {
        // see above
      }
    });
    addEventListener("storage", (event) => {
      if (event.key !== KEY) return;
      apply(event.newValue || "");
      mark(event.newValue || "");
    });
  });
})();
