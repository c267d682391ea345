/* Leaves at once: the button, or Shift three times (GOV.UK, "exit this page"). Without it the button is a plain link.
   It looks for everything when it is needed, because forms.js replaces the page's body. */
(function () {
  "use strict";
  var SECONDS = 5;
  var presses = 0;
  var timer = null;
  var withAnother = false;
  var left = false;

  function control() {
    return document.querySelector(".exit .now");
  }

  function say(name) {
    document.querySelector(".exit [role=status]").textContent = name ? control().getAttribute("data-" + name) : "";
  }

  function leave(event) {
    var loading = control().getAttribute("data-loading");
    var address = control().href;
    if (event) event.preventDefault();
    if (left) return;
    left = true;
    document.title = loading;
    Array.prototype.forEach.call(document.body.children, function (part) { part.hidden = true; });
    var cover = document.createElement("p");
    cover.className = "cover";
    cover.setAttribute("role", "alert");
    document.body.appendChild(cover);
    cover.textContent = loading;
    location.replace(address);
  }

  function startAgain() {
    clearTimeout(timer);
    timer = null;
    presses = 0;
  }

  function released(event) {
    if (event.key === "Shift" && !withAnother) {
      presses += 1;
      clearTimeout(timer);
      if (presses === 3) return leave();
      say(presses === 1 ? "two-more" : "one-more");
      timer = setTimeout(function () {
        startAgain();
        say("stopped");
      }, SECONDS * 1000);
    } else if (timer) {
      startAgain();
      say("");
    }
    /* Shift that is let go after a capital letter is no press of its own. */
    withAnother = event.shiftKey;
  }

  /* The open list of languages lies over the page: it closes by Escape, by a press elsewhere, and when the focus goes on. */
  function closeLanguages(event) {
    var menu = document.querySelector(".languages [open]");
    if (!menu || (event.key ? event.key !== "Escape" : menu.contains(event.target))) return;
    if (menu.contains(document.activeElement) && event.key) menu.querySelector("summary").focus();
    menu.removeAttribute("open");
  }

  document.addEventListener("click", closeLanguages);
  document.addEventListener("focusin", closeLanguages);
  document.addEventListener("keydown", closeLanguages);
  document.addEventListener("click", function (event) {
    var pressed = event.target;
    while (pressed && pressed.nodeType === 1 && !pressed.hasAttribute("data-exit")) pressed = pressed.parentNode;
    if (pressed && pressed.nodeType === 1) leave(event);
  });
  document.addEventListener("keyup", released);
  /* A browser may show the page again as it was left, covered. */
  window.addEventListener("pageshow", function (event) {
    if (event.persisted && left) location.reload();
  });
})();
