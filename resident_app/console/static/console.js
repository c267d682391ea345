/* Keyboard shortcuts, and rows that keep still while somebody uses them. Every page works without them. */
(function () {
  "use strict";

  function all(selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  }

  function isTyping(target) {
    return target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) && target.type !== "checkbox";
  }

  function rows() {
    return all("[data-row] th a");
  }

  function step(by) {
    var links = rows();
    if (!links.length) return;
    var at = links.indexOf(document.activeElement);
    var next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1);
    links[next].focus();
  }

  function choose() {
    var row = document.activeElement.closest("[data-row]");
    var box = row && row.querySelector("input[type=checkbox]");
    if (box) box.checked = !box.checked;
  }

  /* Files that are too large are named before they are sent: the server would end the connection. */
  all("input[type=file][data-most]").forEach(function (input) {
    input.addEventListener("change", function () {
      var sizes = Array.prototype.map.call(input.files, function (file) { return file.size; });
      var sum = sizes.reduce(function (one, other) { return one + other; }, 0);
      var tooLarge = sum > Number(input.dataset.most) || Math.max.apply(null, sizes.concat(0)) > Number(input.dataset.mostEach);
      input.setCustomValidity(tooLarge ? input.dataset.tooLarge : "");
      input.reportValidity();
    });
  });

  /* A button that prints needs this script, so it is hidden without it. */
  all("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  function press(key) {
    var target = document.querySelector('[data-key="' + key + '"]');
    if (!target) return false;
    if (/^(BUTTON|A)$/.test(target.tagName)) target.click();
    else target.focus();
    return true;
  }

  /* A digit notes how the call went, where the page asks for it. */
  function pressDigit(digit) {
    var buttons = all('[data-keys="digits"] button[name=outcome]');
    if (buttons[digit - 1]) buttons[digit - 1].click();
  }

  function help() {
    var found = document.getElementById("keyboard-help");
    if (found && found.showModal) found.showModal();
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "j" && !press("next")) step(1);
    else if (event.key === "k" && !press("previous")) step(-1);
    else if (event.key === "x") choose();
    else if (event.key === "?") help();
    else if (/^[1-9]$/.test(event.key)) return pressDigit(Number(event.key));
    else if (!/^[/nc]$/.test(event.key) || !press(event.key)) return;
    event.preventDefault();
  });

  /* Changed words are the officer's own: the template's English says something else. */
  document.addEventListener("input", function (event) {
    if (event.target.id !== "message") return;
    var template = document.getElementById("template");
    if (template) template.value = "";
    ["says", "not-reviewed"].forEach(function (id) {
      var told = document.getElementById(id);
      if (told) told.parentNode.removeChild(told);
    });
  });

  /* On a small screen a row is a card: each cell gets the name of its column, and the roles that display:block takes away. */
  function nameCells() {
    all("table.cards").forEach(function (table) {
      var names = all("thead th", table).map(function (head) { return head.querySelector(".unseen") ? "" : head.textContent.trim(); });
      table.setAttribute("role", "table");
      all("thead, tbody", table).forEach(function (part) { part.setAttribute("role", "rowgroup"); });
      all("tr", table).forEach(function (row) { row.setAttribute("role", "row"); });
      all("thead th", table).forEach(function (head) { head.setAttribute("role", "columnheader"); });
      all("tbody tr", table).forEach(function (row) {
        Array.prototype.forEach.call(row.children, function (cell, at) {
          cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
          if (/^[–\s]*$/.test(cell.textContent) && !cell.querySelector("input, button")) cell.classList.add("blank");
          if (names[at]) cell.setAttribute("data-label", names[at]);
        });
      });
      table.classList.add("named");
    });
  }
  nameCells();
  document.addEventListener("htmx:afterSwap", nameCells);

  /* A menu of the navigation closes when somebody goes on, or presses Escape. */
  document.addEventListener("click", function (event) {
    all(".menu details[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    var menu = event.key === "Escape" && document.querySelector(".menu details[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  /* What somebody unfolded stays unfolded when its part of the page is refreshed. New lines come first, so count from the end. */
  var unfolded = {};
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (!event.target.hasAttribute("data-keeps-open")) return;
    unfolded = {};
    all("details", event.target).reverse().forEach(function (one, at) { if (one.open) unfolded[at] = true; });
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    if (!event.target.hasAttribute("data-keeps-open")) return;
    all("details", event.target).reverse().forEach(function (one, at) { if (unfolded[at]) one.open = true; });
  });

  /* What is typed is kept sealed on the server, never here: while one types, and when one leaves the page. */
  var waiting = null;
  var unsent = null;
  function keepDraft() {
    var form = unsent;
    clearTimeout(waiting);
    unsent = null;
    if (!form) return;
    fetch(form.getAttribute("data-draft"), { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true, redirect: "error" })
      .catch(function () {});
  }
  document.addEventListener("input", function (event) {
    var form = event.target.form;
    if (!form || !form.hasAttribute("data-draft")) return;
    unsent = form;
    clearTimeout(waiting);
    waiting = setTimeout(keepDraft, 1500);
  });
  document.addEventListener("submit", function () { clearTimeout(waiting); unsent = null; });
  window.addEventListener("pagehide", keepDraft);
  document.addEventListener("visibilitychange", function () { if (document.visibilityState === "hidden") keepDraft(); });

  /* Ctrl+Enter, or Command+Enter, saves the form that one writes in. */
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    var form = event.target.form;
    var button = form && form.method === "post" && form.querySelector("button[type=submit]:not([name])");
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  /* Do not refresh rows while one is focused or checked. */
  document.addEventListener("htmx:beforeRequest", function (event) {
    var list = event.target.closest("[data-calm]");
    if (list && (list.contains(document.activeElement) || list.querySelector("input:checked"))) event.preventDefault();
  });
})();
