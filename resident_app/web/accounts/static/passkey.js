/* Passkeys (WebAuthn): ask the browser, and put its answer into the form. */
(function () {
  "use strict";

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (character) { return character.charCodeAt(0); });
  }

  function text(buffer) {
    var plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function known(list) {
    return (list || []).map(function (one) { return Object.assign({}, one, { id: bytes(one.id) }); });
  }

  function requestOptions(kind, options) {
    options.challenge = bytes(options.challenge);
    if (kind === "create") {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = known(options.excludeCredentials);
    } else if (options.allowCredentials) {
      options.allowCredentials = known(options.allowCredentials);
    }
    return options;
  }

  function serialize(credential) {
    var answer = credential.response;
    var response = { clientDataJSON: text(answer.clientDataJSON) };
    if (answer.attestationObject) {
      response.attestationObject = text(answer.attestationObject);
      response.transports = answer.getTransports ? answer.getTransports() : [];
    } else {
      response.authenticatorData = text(answer.authenticatorData);
      response.signature = text(answer.signature);
      response.userHandle = answer.userHandle ? text(answer.userHandle) : null;
    }
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment || null,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: response
    });
  }

  var waiting = null;

  function ask(button, conditional) {
    var kind = button.dataset.passkey;
    var request = { publicKey: requestOptions(kind, JSON.parse(button.dataset.options)) };
    if (waiting) { waiting.abort(); }
    waiting = new AbortController();
    request.signal = waiting.signal;
    if (conditional) { request.mediation = "conditional"; }
    return navigator.credentials[kind](request).then(function (credential) {
      button.form.elements[button.dataset.field].value = serialize(credential);
      button.form.submit();
    });
  }

  function begin(button) {
    var message = button.form.querySelector("[data-passkey-error]");
    button.hidden = false;
    button.addEventListener("click", function () {
      if (button.dataset.passkey === "create" && !button.form.reportValidity()) { return; }
      message.hidden = true;
      ask(button, false).catch(function () { message.hidden = false; });
    });
    if ("conditional" in button.dataset && PublicKeyCredential.isConditionalMediationAvailable) {
      PublicKeyCredential.isConditionalMediationAvailable().then(function (available) {
        // Offered in the e-mail field; it is not an error if nobody chooses one.
        if (available) { ask(button, true).catch(function () {}); }
      });
    }
  }

  document.addEventListener("DOMContentLoaded", function () {
    if (window.PublicKeyCredential) {
      document.querySelectorAll("[data-passkey]").forEach(begin);
    } else {
      document.querySelectorAll("[data-passkey-none]").forEach(function (one) { one.hidden = false; });
    }
  });
})();
