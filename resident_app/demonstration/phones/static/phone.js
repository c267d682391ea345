// The demonstration's phone. The server holds each call and follows the phone company's rules; this page gives it the
// time that they take: it says what is heard line by line, and tells when a key is pressed or the time is up.
"use strict";

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const PRESS_MS = 200;
const NEWS_MS = 1000;

function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/* Asking the server: one request at a time, in the order of what was done. */

let asking = Promise.resolve();
let waitingRequests = 0;

let isAnswered = true;

function ask(address, body) {
  waitingRequests += 1;
  const answer = asking.then(async () => {
    const response = await fetch(address, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const found = await response.json().catch(() => ({}));
    // The page asks for news all the time: that clears only what the next news can tell is over.
    if (!response.ok) tell(found.problem || "The phone company did not understand this page. Load it again.");
    else if (address !== "/news" || !isAnswered) tell("");
    isAnswered = true;
    return response.ok ? found : null;
  }).catch(() => {
    isAnswered = false;
    tell("The demonstration does not answer. Is “make run” still running?");
    return null;
  });
  asking = answer.finally(() => { waitingRequests -= 1; });
  return answer;
}

function tell(problem) {
  const shown = $("#problem");
  if (shown.textContent !== problem) shown.textContent = problem;
  shown.hidden = !problem;
}

/* Speaking aloud. */

const speech = "speechSynthesis" in window ? window.speechSynthesis : null;

function voiceFor(tags) {
  const voices = speech ? speech.getVoices() : [];
  const fits = (voice, tag) => {
    const named = voice.lang.replace("_", "-").toLowerCase();
    return named === tag.toLowerCase() || named.startsWith(`${tag.toLowerCase()}-`);
  };
  for (const tag of tags) {
    const found = voices.find((voice) => fits(voice, tag));
    if (found) return found;
  }
  return null;
}

const isAloud = () => !$("#aloud") || $("#aloud").checked;

function tellVoice(tags, native) {
  const shown = $("#voices");
  const isMissing = isAloud() && !voiceFor(tags);
  if (shown.dataset.missing === (isMissing ? native : "")) return;
  shown.dataset.missing = isMissing ? native : "";
  shown.replaceChildren();
  if (isMissing) shown.append("This browser has no voice for ", make("bdi", { textContent: native }), ". Read the words instead.");
}

// Says words aloud, or lets the time pass that a voice would need. Calls `done` unless what it returns is called before.
function speak(line, done) {
  const voice = isAloud() ? voiceFor(line.voices) : null;
  tellVoice(line.voices, line.native);
  let isOpen = true;
  const finish = () => {
    if (!isOpen) return;
    isOpen = false;
    clearTimeout(timer);
    done();
  };
  // A browser sometimes forgets to say that it has finished.
  const timer = setTimeout(finish, voice ? 5000 + line.seconds * 2500 : line.seconds * 1000);
  if (voice) {
    const utterance = new SpeechSynthesisUtterance(line.words);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    utterance.onend = utterance.onerror = finish;
    speech.speak(utterance);
  }
  return () => {
    if (!isOpen) return;
    isOpen = false;
    clearTimeout(timer);
    if (voice) speech.cancel();
  };
}

/* One side of a call: what is heard, and the keys that are waited for. */

class Side {
  constructor(log, act, onChange) {
    this.log = log;
    this.act = act;
    this.onChange = onChange;
    this.state = null;
    this.next = 0;
    this.stop = () => {};
    this.timer = 0;
    this.isSpeaking = false;
    this.endsAt = 0;
    this.unheard = 0;
  }

  update(state) {
    const isNew = !this.state || state.document !== this.state.document;
    const hasChanged = isNew || state.isOver !== this.state.isOver || state.isTalking !== this.state.isTalking;
    this.state = state;
    if (isNew) {
      this.quiet();
      this.next = 0;
      this.goOn();
    } else if (hasChanged) {
      this.quiet();
      this.afterLines();
    }
    this.onChange();
  }

  quiet() {
    this.stop();
    this.stop = () => {};
    clearTimeout(this.timer);
    this.endsAt = 0;
    this.isSpeaking = false;
    $$(".now", this.log).forEach((line) => line.classList.remove("now"));
  }

  goOn() {
    $$(".now", this.log).forEach((line) => line.classList.remove("now"));
    const line = this.state.lines[this.next];
    if (!line) {
      this.isSpeaking = false;
      this.afterLines();
      return;
    }
    this.isSpeaking = true;
    this.next += 1;
    this.show(line).classList.add("now");
    this.stop = speak(line, () => {
      this.timer = setTimeout(() => this.goOn(), line.pause * 1000);
    });
    this.onChange();
  }

  // What comes when everything was heard: the time for a key begins, or the call goes on by itself.
  afterLines() {
    const { listens, goesOn, isTalking, isOver, document: heard } = this.state;
    if (isOver) this.note("The call is over.");
    else if (isTalking) this.note("A person is on the line. Hang up when you have talked.");
    else if (listens) this.startClock(listens.seconds);
    else if (goesOn) this.act("time-is-up", { document: heard });
    this.onChange();
  }

  startClock(seconds) {
    clearTimeout(this.timer);
    this.endsAt = 0;
    // A key that the server has not heard yet takes none of the time for the next one.
    if ($("#stopped").checked || this.unheard) return;
    const { document: heard } = this.state;
    this.endsAt = Date.now() + seconds * 1000;
    this.timer = setTimeout(() => {
      if (!this.state.listens?.keyed) this.note("No key was pressed.");
      this.act("time-is-up", { document: heard });
    }, seconds * 1000);
  }

  // The clock was stopped or goes again.
  resetClock() {
    if (!this.isSpeaking && this.state?.listens && !this.state.isOver) this.startClock(this.state.listens.seconds);
  }

  skip() {
    if (!this.isSpeaking) return;
    this.quiet();
    while (this.next < this.state.lines.length) this.show(this.state.lines[this.next++]);
    this.afterLines();
  }

  async press(key) {
    if (!this.state || this.state.isOver) return;
    if (!this.state.listens) {
      this.note(`${key} was not heard: the line does not listen now.`);
      return;
    }
    const { document: heard, listens } = this.state;
    this.quiet();
    this.next = this.state.lines.length;
    this.showKey(key, heard);
    this.unheard += 1;
    await this.act("key", { key, document: heard });
    this.unheard -= 1;
    if (this.state.document === heard && this.state.listens) this.startClock(listens.seconds);
  }

  show(line) {
    const item = make("li", { lang: line.lang, dir: line.dir, textContent: line.words });
    item.dataset.document = this.state.document;
    this.add(item);
    return item;
  }

  showKey(key, heard) {
    const last = this.log.firstElementChild.lastElementChild;
    if (last?.classList.contains("pressed") && last.dataset.document === String(heard)) {
      last.append(` ${key}`);
    } else {
      const item = make("li", { className: "pressed", textContent: key }, );
      item.prepend(make("span", { className: "unseen", textContent: "You pressed " }));
      item.dataset.document = heard;
      this.add(item);
    }
  }

  note(words) {
    const last = this.log.firstElementChild.lastElementChild;
    if (last?.textContent !== words) this.add(make("li", { className: "event", textContent: words }));
  }

  add(item) {
    this.log.firstElementChild.append(item);
    this.log.scrollTop = this.log.scrollHeight;
  }
}

/* The phone of the page. */

function startPhone() {
  let call = "";
  let isLeaving = false;
  const rung = new Map();
  const own = new Side($("#log"), (act, body) => actOn(call, act, body), showState);

  async function actOn(sid, act, body = {}) {
    take(await ask(`/call/${sid}/${act}`, { ...body, call }));
  }

  function take(news) {
    if (!news) return;
    if (news.call && news.call.sid === call) own.update(news.call);
    else if (call && own.state && !own.state.isOver) own.update({ ...own.state, isOver: true });
    showRung(news.phones);
    showTexts(news.texts);
  }

  /* What the call is at. */

  function showState() {
    const state = own.state;
    const isOn = Boolean(call && state && !state.isOver);
    const words = !state ? "No call." : state.isOver ? "The call is over." : state.isTalking ? "You are talking with a person."
      : own.isSpeaking ? "The line is speaking." : state.listens ? "The line waits for a key." : "In a call.";
    if ($("#state").textContent !== words) $("#state").textContent = words;
    $("#call").disabled = isOn;
    $("#hang-up").disabled = !isOn;
    $("#skip").disabled = !(isOn && own.isSpeaking);
    showMenu(isOn ? state.menu : "");
  }

  function showMenu(menu) {
    const here = $(`.exits [data-menu="${menu}"]`);
    const words = here ? `The call is at: ${$("h3", here).textContent}.` : "In no menu.";
    if ($("#here").textContent === words) return;
    $("#here").textContent = words;
    $("#here-exits").replaceChildren(...(here ? [$("ul, p", here).cloneNode(true)] : []));
    $$(".drawing .on").forEach((part) => {
      part.classList.remove("on");
      if (part.dataset.menu) part.classList.add("was");
    });
    if (!menu) return;
    $(`.drawing [data-menu="${menu}"]`)?.classList.add("on");
    $$(`.drawing path[data-from="${menu}"]`).forEach((path) => path.classList.add("on"));
  }

  setInterval(() => {
    const left = Math.ceil((own.endsAt - Date.now()) / 1000);
    $("#countdown").textContent = own.endsAt && left > 0 ? `${left} s for the next key` : "";
  }, 250);

  /* Phones that the line rings. */

  function showRung(phones) {
    $("#no-phones").hidden = phones.length > 0;
    const sids = phones.map((phone) => phone.sid);
    for (const [sid, { card }] of rung) if (!sids.includes(sid)) { card.remove(); rung.delete(sid); }
    for (const phone of [...phones].reverse()) {
      if (!rung.has(phone.sid)) addRung(phone);
      const { card, side } = rung.get(phone.sid);
      const isRinging = phone.status === "ringing";
      card.classList.toggle("rings", isRinging);
      $(".ringing", card).hidden = !isRinging;
      $(".talking", card).hidden = isRinging || phone.isOver;
      $(".log", card).hidden = isRinging || !$("li", card);
      const words = isRinging ? "It rings." : phone.isOver ? `The call is over: ${phone.status}.` : phone.isTalking ? "Connected." : "Answered.";
      if ($(".state", card).textContent !== words) $(".state", card).textContent = words;
      if (!isRinging) side.update(phone);
      $(".log", card).hidden = !$("li", card);
    }
    const ringing = phones.filter((phone) => phone.status === "ringing");
    const title = document.title.replace(/^☎ /, "");
    document.title = ringing.length ? `☎ ${title}` : title;
    const words = ringing.map((phone) => `${whoseOf(phone)} rings.`).join(" ");
    if ($("#rings a").textContent !== words) $("#rings a").textContent = words;
    $("#rings").hidden = !words;
  }

  function addRung(phone) {
    const card = $("#rung-phone").content.firstElementChild.cloneNode(true);
    const whose = whoseOf(phone);
    $("h3", card).textContent = `${whose}: ${phone.number}`;
    $(".log", card).setAttribute("aria-label", `What ${whose} hears`);
    $("[data-how^=machine]", card).hidden = !phone.detectsMachines;
    const act = (name, body) => actOn(phone.sid, name, body);
    const side = new Side($(".log", card), act, () => { $("[data-skip]", card).disabled = !side.isSpeaking; });
    $$("[data-act]", card).forEach((button) => button.addEventListener("click", () => act(button.dataset.act, { how: button.dataset.how || "" })));
    $$("[data-key]", card).forEach((button) => button.addEventListener("click", () => side.press(button.dataset.key)));
    $("[data-skip]", card).addEventListener("click", () => side.skip());
    rung.set(phone.sid, { card, side });
    $("#phones").prepend(card);
  }

  const whoseOf = (phone) => phone.number === printed($("#caller").value) ? "Your phone" : phone.whose;
  const printed = (number) => number.replace(/\D/g, "").replace(/^1(?=\d{10}$)/, "").replace(/^(\d{3})(\d{3})(\d{4})$/, "$1-$2-$3");

  /* Text messages. */

  let textsShown = 0;

  function showTexts(texts) {
    for (const text of texts.slice(textsShown)) {
      const words = text.to ? `The line to ${text.to}` : `${text.from} to the line`;
      $("#texts").prepend(make("li", { className: text.to ? "" : "to-line" },
        make("small", { textContent: words }), make("p", { dir: "auto", textContent: text.body })));
    }
    textsShown = texts.length;
  }

  /* What a person does. */

  $("#dial").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (call && own.state && !own.state.isOver) return;
    const time = $("#time").value;
    const news = await ask("/call", {
      caller: $("#withheld").value || $("#caller").value,
      attestation: $("#attestation").value,
      language: $("#language").value,
      at: time === "other" ? $("#at").value || "-" : time,
    });
    if (!news) return;
    call = news.call.sid;
    own.log.firstElementChild.replaceChildren();
    own.state = null;
    $$(".drawing .was").forEach((part) => part.classList.remove("was"));
    take(news);
    $("#hang-up").focus();
    $(".during").scrollIntoView({ block: matchMedia("(min-width: 64rem)").matches ? "nearest" : "start" });
  });
  $("#hang-up").addEventListener("click", async () => {
    own.quiet();
    await actOn(call, "hang-up");
    $("#call").focus();
  });
  $("#who").open = matchMedia("(min-width: 64rem)").matches;
  $("#time").addEventListener("change", () => { $("#at-field").hidden = $("#time").value !== "other"; });
  $("#skip").addEventListener("click", () => own.skip());
  $("#stopped").addEventListener("change", () => [own, ...[...rung.values()].map(({ side }) => side)].forEach((side) => side.resetClock()));
  $("#aloud").addEventListener("change", () => {
    if (!isAloud() && speech) speech.cancel();
    $("#voices").replaceChildren();
    $("#voices").dataset.missing = "";
  });
  $$(".caller .pad [data-key]").forEach((button) => button.addEventListener("click", () => press(button.dataset.key)));

  function press(key) {
    if (!call) return;
    const button = $(`.caller .pad [data-key="${key}"]`);
    button.classList.add("down");
    setTimeout(() => button.classList.remove("down"), PRESS_MS);
    own.press(key);
  }

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (isTyping || event.ctrlKey || event.altKey || event.metaKey || event.repeat || !/^[0-9*#]$/.test(event.key)) return;
    event.preventDefault();
    press(event.key);
  });
  $$("[data-keys]").forEach((button) => button.addEventListener("click", () => {
    [...button.dataset.keys].forEach((key, position) => setTimeout(() => press(key), position * PRESS_MS));
  }));
  $("#text").addEventListener("submit", async (event) => {
    event.preventDefault();
    const news = await ask("/text", { sender: $("#caller").value, body: $("#body").value, call });
    if (news) $("#body").value = "";
    take(news);
  });

  /* A page that is closed hangs up, and other phones answer by themselves again. */

  addEventListener("pagehide", () => {
    isLeaving = true;
    if (speech) speech.cancel();
    const send = (address, body) => fetch(address, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), keepalive: true,
    });
    if (call && own.state && !own.state.isOver) send(`/call/${call}/hang-up`, {});
    send("/news", { leaves: true });
  });
  addEventListener("pageshow", () => { isLeaving = false; });

  const askForNews = async () => {
    if (!isLeaving && waitingRequests === 0) take(await ask("/news", { call }));
  };
  setInterval(askForNews, NEWS_MS);
  askForNews();
}

/* The list of all prompts. */

function startPrompts() {
  const list = $("#prompts");
  const voices = JSON.parse(list.dataset.voices);
  let stop = () => {};

  function hear(item, done) {
    stop();
    $$(".now", list).forEach((other) => other.classList.remove("now"));
    item.classList.add("now");
    item.scrollIntoView({ block: "nearest" });
    const words = $(".words", item).textContent;
    const line = { words, voices, native: list.dataset.native, seconds: words.length / 15 };
    $("#stop").disabled = false;
    stop = speak(line, () => {
      item.classList.remove("now");
      $("#stop").disabled = true;
      if (done) done();
    });
  }

  function hearFrom(item) {
    if (item) hear(item, () => hearFrom(item.nextElementSibling));
  }

  $$("[data-hear]", list).forEach((button) => button.addEventListener("click", () => hear(button.closest("[data-prompt]"))));
  $("#hear-all").addEventListener("click", () => hearFrom($(".now", list) || list.firstElementChild));
  $("#stop").addEventListener("click", () => {
    stop();
    $("#stop").disabled = true;
  });
  $$("[data-wrong]", list).forEach((form) => form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const item = form.closest("[data-prompt]");
    const note = $("textarea", form);
    const done = await ask(`/prompts/${list.dataset.lang}/wrong`, { prompt: item.dataset.prompt, note: note.value });
    if (!done) return;
    $(".marks", item).append(make("li", { dir: "auto", textContent: done.marked ? `Marked as wrong: ${done.marked}` : "Marked as wrong" }));
    note.value = "";
    form.closest("details").open = false;
    $("summary", item).focus();
  }));
  // Voices are there some time after the page.
  const tellOnce = () => tellVoice(voices, list.dataset.native);
  if (speech) speech.addEventListener("voiceschanged", tellOnce);
  tellOnce();
  addEventListener("pagehide", () => speech?.cancel());
}

if ($("#desk")) startPhone();
if ($("#prompts")) startPrompts();
