/* A set-up link holds its code after "#", so that no server, log or other site sees it in an address. Take it out of
   the address and the history, and send it in the form. */
(function () {
  "use strict";

  function sendCode() {
    var form = document.querySelector("form[data-set-up]");
    var code = window.location.hash.slice(1);
    if (!form || !code || form.querySelector("[name=code]").value) { return; }
    window.history.replaceState(null, "", window.location.pathname);
    form.querySelector("[name=code]").value = code;
    form.submit();
  }

  window.addEventListener("hashchange", sendCode);
  sendCode();
})();
