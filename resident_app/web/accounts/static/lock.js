/* The lock: cover a page whose session is locked, and keep what was typed into it. */
(function () {
  "use strict";

  var EVERY = 60000;
  var lastSent = 0;

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

  /* Only for the same person. They may have a new session: put its token into the forms. */
  function resume(now) {
    if (String(now.staff) !== document.querySelector(".who").dataset.staff) { return; }
    tokens().forEach(function (field) { field.value = now.token; });
    uncover();
  }

  function checkSession() {
    if (!document.getElementById("locked")) { return; }
    fetch("/account/heartbeat", { headers: { "X-Background": "true" }, redirect: "error" })
      .then(function (response) { return response.ok ? response.json().then(resume) : null; })
      .catch(function () {});
  }

  function sendHeartbeat() {
    var field = tokens()[0];
    return fetch("/account/heartbeat", {
      method: "POST",
      redirect: "error",
      headers: { "HX-Request": "true", "X-CSRFToken": field ? field.value : "" }
    });
  }

  /* Typing sends no requests, so the page reports once a minute that somebody is there. */
  function heartbeat() {
    var now = Date.now();
    if (now - lastSent < EVERY || document.getElementById("locked")) { return; }
    lastSent = now;
    sendHeartbeat().then(function (response) { if (response.status === 401) { cover(); } }, function () {});
  }

  document.addEventListener("DOMContentLoaded", function () {
    // Only on pages of a person who is signed in.
    if (!document.querySelector(".who")) { return; }
    lastSent = Date.now();
    document.addEventListener("keydown", heartbeat);
    document.addEventListener("pointerdown", heartbeat);
    document.addEventListener("visibilitychange", checkSession);
    window.addEventListener("focus", checkSession);
    document.body.addEventListener("session-locked", cover);
    document.body.addEventListener("htmx:afterRequest", checkSession);
  });
})();
