/* The lock: a page whose session is locked is covered, and what was typed into it stays. */
(function () {
  "use strict";

  var EVERY = 60000;
  var told = 0;

  function cover() {
    if (document.getElementById("locked")) { return; }
    var dialog = document.createElement("dialog");
    dialog.id = "locked";
    dialog.className = "locked-cover";
    dialog.setAttribute("aria-labelledby", "locked-title");
    dialog.innerHTML =
      '<h1 id="locked-title">Locked</h1>' +
      "<p>Nothing was done here for 15 minutes, or you were signed out. What you typed is still on this page.</p>" +
      '<p><a class="button" href="/unlock" target="_blank" rel="opener">Unlock in a new tab</a></p>';
    dialog.addEventListener("cancel", function (event) { event.preventDefault(); });
    document.body.appendChild(dialog);
    dialog.showModal();
  }

  function uncover() {
    var dialog = document.getElementById("locked");
    if (dialog) { dialog.remove(); }
  }

  function tokens() {
    return document.querySelectorAll("input[name=csrf_token]");
  }

  /* The same person may have a new session: its token goes into the forms. Nobody else sees the page. */
  function goOn(now) {
    if (String(now.staff) !== document.querySelector(".who").dataset.staff) { return; }
    tokens().forEach(function (field) { field.value = now.token; });
    uncover();
  }

  function look() {
    if (!document.getElementById("locked")) { return; }
    fetch("/account/here", { headers: { "X-Background": "true" }, redirect: "error" })
      .then(function (response) { return response.ok ? response.json().then(goOn) : null; })
      .catch(function () {});
  }

  function tell() {
    var field = tokens()[0];
    return fetch("/account/here", {
      method: "POST",
      redirect: "error",
      headers: { "HX-Request": "true", "X-CSRFToken": field ? field.value : "" }
    });
  }

  /* Who types sends nothing: now and then the page says that somebody is there. */
  function here() {
    var now = Date.now();
    if (now - told < EVERY || document.getElementById("locked")) { return; }
    told = now;
    tell().then(function (response) { if (response.status === 401) { cover(); } }, function () {});
  }

  document.addEventListener("DOMContentLoaded", function () {
    // Only where somebody is signed in.
    if (!document.querySelector(".who")) { return; }
    told = Date.now();
    document.addEventListener("keydown", here);
    document.addEventListener("pointerdown", here);
    document.addEventListener("visibilitychange", look);
    window.addEventListener("focus", look);
    document.body.addEventListener("console-locked", cover);
    document.body.addEventListener("htmx:afterRequest", look);
  });
})();
