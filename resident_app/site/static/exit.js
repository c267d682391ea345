/* Leaves at once: the button, or Shift three times (GOV.UK, "exit this page"). Without it the button is a plain link. */
(function () {
  "use strict";
  var SECONDS = 5;
  var control = document.querySelector(".exit .now");
  var words = control.dataset;
  var presses = 0;
  var timer = null;
  var withAnother = false;
  var left = false;

  var voice = document.createElement("p");
  voice.className = "unseen";
  voice.setAttribute("role", "status");
  document.body.appendChild(voice);

  function leave(event) {
    if (event) event.preventDefault();
    if (left) return;
    left = true;
    document.title = words.loading;
    Array.prototype.forEach.call(document.body.children, function (part) { part.hidden = true; });
    var cover = document.createElement("p");
    cover.className = "cover";
    cover.setAttribute("role", "alert");
    document.body.appendChild(cover);
    cover.textContent = words.loading;
    location.replace(control.href);
  }

  function startAgain() {
    clearTimeout(timer);
    timer = null;
    presses = 0;
  }

  function pressed(event) {
    if (event.key === "Shift" && !withAnother) {
      presses += 1;
      clearTimeout(timer);
      if (presses === 3) return leave();
      voice.textContent = presses === 1 ? words.twoMore : words.oneMore;
      timer = setTimeout(function () {
        startAgain();
        voice.textContent = words.stopped;
      }, SECONDS * 1000);
    } else if (timer) {
      startAgain();
      voice.textContent = "";
    }
    /* Shift that is let go after a capital letter is no press of its own. */
    withAnother = event.shiftKey;
  }

  Array.prototype.forEach.call(document.querySelectorAll("[data-exit]"), function (link) {
    link.addEventListener("click", leave);
  });
  document.addEventListener("keyup", pressed);
  /* A browser may show the page again as it was left, covered. */
  window.addEventListener("pageshow", function (event) {
    if (event.persisted && left) location.reload();
  });
})();
