/* Sends each form by fetch() and shows the answer in place, so that the browser's files keep neither what was typed nor an
   answer. It never falls back to an ordinary submit. Words come from the page, in its language. ES5, for old phones. */
(function () {
  "use strict";
  var SECONDS = 30;
  var typed = {};
  var pressed = null;
  var sending = false;
  var replaced = false;
  var wiped = false;
  var failure = null;
  var file = "";
  var counting = null;

  if (!window.fetch || !window.DOMParser || !window.URLSearchParams || !("content" in document.createElement("template"))) return;

  function each(list, act) {
    Array.prototype.forEach.call(list, act);
  }

  function up(element, tag) {
    while (element && element.nodeName !== tag) element = element.parentNode;
    return element;
  }

  /* What a browser keeps and loses without this script does not apply. One notice holds the script's own element too. */
  function removeNotices(page) {
    each(page.querySelectorAll(".device-notice, .nothing-kept"), function (notice) { notice.parentNode.removeChild(notice); });
  }

  function isTyped(field) {
    return field.name && /^(text|tel|email|textarea|select-one)$/.test(field.type);
  }

  /* Take what stands in a form along; a form without fields, such as an answer's, leaves what was taken before. */
  function take(form) {
    var taken = {};
    var any = false;
    each(form ? form.elements : [], function (field) {
      if (!isTyped(field)) return;
      any = true;
      taken[field.name] = field.value;
    });
    if (any) typed = taken;
  }

  /* The server never returns the three facts, so a mistake in one would empty all. */
  function putBack() {
    var any = false;
    each(document.querySelectorAll("form input, form select, form textarea"), function (field) {
      if (!isTyped(field)) return;
      any = true;
      if (!field.value && typed[field.name]) field.value = typed[field.name];
    });
    if (!any && !document.querySelector("[data-try-again]")) typed = {};
  }

  function encoded(form, button) {
    var body = new URLSearchParams();
    each(form.elements, function (field) {
      if (!field.name || field.disabled || field.type === "submit") return;
      if (/^(radio|checkbox)$/.test(field.type) && !field.checked) return;
      body.append(field.name, field.value.replace(/\r?\n/g, "\r\n"));
    });
    if (button && button.name) body.append(button.name, button.value);
    return body.toString();
  }

  function statusOf(form, words) {
    var line = form && form.querySelector(".send-status");
    if (line) line.textContent = words ? line.getAttribute("data-words") : "";
  }

  function fail(form, control, words) {
    var main = document.getElementById("main");
    var source = (form && form.querySelector("template")) || document.querySelector("template");
    failure = document.importNode(source.content, true).querySelector(".send-failed");
    if (words) failure.querySelector("h2").textContent = words;
    if (control && main.contains(control)) {
      control.parentNode.parentNode.insertBefore(failure, control.parentNode);
    } else {
      main.insertBefore(failure, main.firstChild);
    }
    failure.focus();
  }

  function offer(blob, disposition) {
    var ready = document.querySelector(".file-ready");
    var link = ready.querySelector("a") || document.createElement("a");
    if (file) URL.revokeObjectURL(file);
    file = URL.createObjectURL(blob);
    link.href = file;
    link.download = (/filename=([^;]+)/.exec(disposition) || ["", "file.pdf"])[1];
    link.textContent = ready.getAttribute("data-words");
    ready.appendChild(link);
    ready.hidden = false;
    link.click();
    link.focus();
  }

  function show(page) {
    var root = document.documentElement;
    var address = location.pathname.replace(/^\/[^\/]*/, "/" + page.documentElement.lang);
    var first;
    removeNotices(page);
    root.lang = page.documentElement.lang;
    root.dir = page.documentElement.dir;
    document.title = page.title;
    root.replaceChild(document.adoptNode(page.body), document.body);
    replaced = true;
    if (file) URL.revokeObjectURL(file);
    file = "";
    if (address !== location.pathname) history.replaceState(null, "", address);
    putBack();
    each(document.querySelectorAll("textarea"), function (field) { if (field.value) count(field); });
    first = document.querySelector("main .errors") || document.querySelector("main h1");
    first.setAttribute("tabindex", "-1");
    window.scrollTo(0, 0);
    first.focus();
  }

  /* Ask for `address`; with a body it is a POST. `control` is what was pressed. */
  function ask(address, body, form, control) {
    var over = false;
    var stop = window.AbortController ? new AbortController() : null;
    var options = { cache: "no-store", credentials: "same-origin", mode: "same-origin", redirect: "error" };
    var timer = setTimeout(function () {
      end();
      if (stop) stop.abort();
    }, SECONDS * 1000);

    function end(words) {
      if (over) return;
      over = true;
      finish();
      fail(form, control, words);
    }

    function finish() {
      clearTimeout(timer);
      sending = false;
      statusOf(form, false);
    }

    function receive(response, content) {
      var page, main;
      /* The exit control covers the page: nothing may come up in place of the cover. */
      if (over || document.querySelector(".cover")) return;
      if (typeof content !== "string") {
        over = true;
        finish();
        return offer(content, response.headers.get("Content-Disposition"));
      }
      page = new DOMParser().parseFromString(content, "text/html");
      main = page.getElementById("main");
      /* Without our <main> it is a page of something between us: a proxy, a hotel's network. */
      if (!main || !page.documentElement.lang) return end();
      if (main.hasAttribute("data-error")) return end(main.querySelector("h1").textContent);
      over = true;
      finish();
      show(page);
    }

    if (body !== null) {
      options.method = "POST";
      options.body = body;
      options.headers = { "Content-Type": "application/x-www-form-urlencoded" };
    }
    if (stop) options.signal = stop.signal;
    sending = true;
    if (failure && failure.parentNode) failure.parentNode.removeChild(failure);
    statusOf(form, true);
    fetch(address, options).then(function (response) {
      var isFile = /^application\/pdf/.test(response.headers.get("Content-Type"));
      return (isFile ? response.blob() : response.text()).then(function (content) { receive(response, content); });
    }).then(null, function () { end(); });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    var button = event.submitter || (pressed && pressed.form === form ? pressed : null);
    event.preventDefault();
    if (sending) return;
    take(form);
    ask((button && button.getAttribute("formaction")) || form.getAttribute("action"), encoded(form, button), form, button);
  });

  document.addEventListener("click", function (event) {
    var link = up(event.target, "A");
    var address = link && link.getAttribute("href");
    pressed = up(event.target, "BUTTON");
    if (!address || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (address.charAt(0) === "#") {
      /* Without an entry of its own in the history, Back leaves the page. */
      event.preventDefault();
      location.replace(address);
    } else if (link.hasAttribute("data-try-again") || (link.hasAttribute("hreflang") && document.querySelector("template"))) {
      event.preventDefault();
      if (sending || link.getAttribute("aria-current")) return;
      take(document.querySelector("main form"));
      ask(address, null, document.querySelector("main form"), link);
    }
  });

  /* Say how long a message is: to the eye at once, to a screen reader when the person stops typing. A pair of surrogates is one character. */
  function count(field) {
    var line = document.querySelector('.count[data-for="' + field.id + '"]');
    if (!line) return;
    var length = field.value.replace(/\r\n/g, "\n").replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, "x").length;
    var words = line.getAttribute("data-words").replace("{}", length.toLocaleString(document.documentElement.lang));
    line.hidden = false;
    line.firstChild.textContent = words;
    clearTimeout(counting);
    counting = setTimeout(function () { line.lastChild.textContent = words; }, 1000);
  }

  document.addEventListener("input", function (event) {
    if (event.target.nodeName === "TEXTAREA") count(event.target);
  });

  /* A browser may show the page again as it was left. */
  window.addEventListener("pagehide", function () {
    var main = document.getElementById("main");
    if (!replaced && !document.querySelector("form")) return;
    typed = {};
    wiped = true;
    main.hidden = true;
    main.textContent = "";
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted && wiped) location.reload();
  });

  /* The square code of a letter leads here with the code after the #, which no browser sends. It leaves the address. */
  function takeFromAddress() {
    var field = document.querySelector("[data-from-address]");
    var code = location.hash.slice(1);
    if (!field || !/^[0-9A-Z]{20,}$/.test(code)) return;
    field.value = code;
    history.replaceState(null, "", location.pathname);
    field.form.querySelector("[type=submit]").focus();
  }

  window.addEventListener("hashchange", takeFromAddress);
  removeNotices(document);
  takeFromAddress();
})();
