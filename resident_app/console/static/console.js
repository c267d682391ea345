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

  function press(key) {
    var target = document.querySelector('[data-key="' + key + '"]');
    if (!target) return false;
    if (target.tagName === "BUTTON") target.click();
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
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
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

  /* Do not refresh rows while one is focused or checked. */
  document.addEventListener("htmx:beforeRequest", function (event) {
    var list = event.target.closest("[data-calm]");
    if (list && (list.contains(document.activeElement) || list.querySelector("input:checked"))) event.preventDefault();
  });
})();
