"use strict";

const TOKEN = "Bearer any";
const JSON_TYPE = "application/json";

// What can be tried. `from` is the origin of a frame that sends it instead of this page. Each has a product of its own,
// so that none lives off the preflight of another.
function situations({ api, back_office, address }) {
  const authorized = { headers: { authorization: TOKEN }, credentials: "include" };
  const changed = JSON.stringify({ name: "Big tea cup", price_in_cents: 890 });
  return {
    allowed: [
      {
        id: "list",
        title: "List the products",
        why: "Any page may read these. Nothing about this request is special, so that no preflight goes ahead.",
        sends: [{ url: `${api}/products`, method: "GET" }],
      },
      {
        id: "show",
        title: "Show a product, with a token",
        why: "An Authorization header is something to ask for first: the preflight.",
        sends: [{ url: `${api}/products/1`, method: "GET", ...authorized }],
      },
      {
        id: "change",
        title: "Change a product",
        why: "The method PUT and JSON both need a preflight, and one is enough.",
        sends: [
          {
            url: `${api}/products/2`,
            method: "PUT",
            headers: { authorization: TOKEN, "content-type": JSON_TYPE },
            body: changed,
            credentials: "include",
          },
        ],
      },
      {
        id: "twice",
        title: "Send twice, ask once",
        why: "Browsers keep the answer to a preflight: for five seconds, or as long as the policy’s max_age says.",
        sends: [
          { url: `${api}/products/4`, method: "GET", ...authorized },
          { url: `${api}/products/4`, method: "GET", ...authorized },
        ],
      },
      {
        id: "remove-as-admin",
        title: "Remove, as the back office",
        why: "A frame of the back office sends this. Once it is done, the product is no more: 404.",
        from: back_office,
        sends: [{ url: `${api}/products/3`, method: "DELETE", ...authorized }],
      },
      {
        id: "cookies",
        title: "The basket, with cookies",
        why: "With credentials, the browser keeps the cookie of the first response and sends it with the next request.",
        sends: [
          { url: `${api}/basket`, method: "PATCH", credentials: "include" },
          { url: `${api}/basket`, method: "GET", credentials: "include" },
        ],
      },
      {
        id: "no-cookies",
        title: "The basket, without cookies",
        why: "To another origin, cookies go only if the page says so. Without them, the basket is empty.",
        sends: [{ url: `${api}/basket`, method: "GET" }],
      },
      {
        id: "expose",
        title: "Read response headers",
        why: "The API sends both of these headers and exposes one. To the page, the other one is not there.",
        sends: [{ url: `${api}/orders`, method: "GET" }],
        reads: ["x-total-count", "x-served-by"],
      },
      {
        id: "upload",
        title: "Upload, and see the progress",
        why: "A plain text goes without a preflight, but not if the page listens to the progress.",
        sends: [{ url: `${api}/uploads`, method: "POST", body: "tea ".repeat(5000), listens: true }],
      },
      {
        id: "unauthorized",
        title: "Forget the token",
        why: "The 401 is made by a layer, and still bears the policy’s headers: the page can read it.",
        sends: [{ url: `${api}/products/1`, method: "GET", credentials: "include" }],
      },
      {
        id: "missing",
        title: "Show what does not exist",
        why: "A 404 is readable like any other response.",
        sends: [{ url: `${api}/products/99`, method: "GET", ...authorized }],
      },
      {
        id: "rejected",
        title: "Send JSON that is no product",
        why: "So is a 422, which the handler’s argument makes before the handler runs.",
        sends: [
          {
            url: `${api}/products/98`,
            method: "PUT",
            headers: { authorization: TOKEN, "content-type": JSON_TYPE },
            body: "{}",
            credentials: "include",
          },
        ],
      },
    ],
    refused: [
      {
        id: "remove",
        title: "Remove, as this page",
        why: "The path is the storefront’s, but this method is for the back office alone.",
        sends: [{ url: `${api}/products/3`, method: "DELETE", ...authorized }],
      },
      {
        id: "patch",
        title: "Write patch in lower case",
        why: "Browsers turn get and put into upper case, but not patch. To the API, it is a method it does not know.",
        sends: [{ url: `${api}/basket`, method: "patch", credentials: "include" }],
      },
      {
        id: "header",
        title: "Send one more header",
        why: "A header that the policy does not have is enough.",
        sends: [
          {
            url: `${api}/products/1`,
            method: "GET",
            headers: { authorization: TOKEN, "x-debug": "1" },
            credentials: "include",
          },
        ],
      },
      {
        id: "response-header",
        title: "Send a response header",
        why: "It is the server that says what is allowed. In a request, this is a header like any other.",
        sends: [
          {
            url: `${api}/products/1`,
            method: "GET",
            headers: { "access-control-allow-headers": "*" },
            credentials: "include",
          },
        ],
      },
      {
        id: "sandbox",
        title: "Ask from a sandboxed frame",
        why: "Its origin is null, whoever made it.",
        from: "null",
        sends: [{ url: `${api}/products/1`, method: "GET", headers: { authorization: TOKEN } }],
      },
      {
        id: "address",
        title: "Ask from 127.0.0.1",
        why: "The same machine and the same page, but not the same origin.",
        from: address,
        sends: [{ url: `${api}/basket`, method: "GET" }],
      },
      {
        id: "health",
        title: "Ask a route that has no policy",
        why: "It stays same-origin. The request goes through, and its response is kept from the page.",
        sends: [{ url: `${api}/health`, method: "GET" }],
      },
      {
        id: "path",
        title: "Mistype the path",
        why: "What looks like a question of CORS may be none.",
        sends: [{ url: `${api}/product/1`, method: "GET", headers: { authorization: TOKEN } }],
      },
      {
        id: "wildcard",
        title: "Credentials, where any may read",
        why: "For the browser, * stands for all origins, unless the request is with credentials.",
        sends: [{ url: `${api}/products`, method: "GET", credentials: "include" }],
        unheard:
          "It refused nothing: any origin may read this, and whether a request is with credentials is not in it. " +
          "Fetch it without credentials, or list the origins in the policy.",
      },
    ],
  };
}

const find = (id) => document.getElementById(id);
let places;

async function start() {
  places = await (await fetch("/places.json")).json();
  const names = { [places.storefront]: "Storefront", [places.back_office]: "Back office" };
  document.title = find("title").textContent = names[location.origin] ?? "A page at another origin";
  find("here").textContent = location.origin;
  find("api").textContent = places.api;
  find("engine").textContent = engine() ? `${engine().name} ${engine().version}` : "an engine that this page does not know";
  find("elsewhere").replaceChildren(...elsewhere());

  for (const [group, all] of Object.entries(situations(places))) {
    const cards = document.querySelector(`[data-group=${group}]`);
    cards.append(...all.map(card));
  }
  find("send-all").addEventListener("click", sendAll);
  summarize();
}

// The engine that runs this page. What Chromium says of itself is what WebKit says, and more.
function engine() {
  for (const [name, version] of [["Firefox", /Firefox\/(\d+)/], ["Chromium", /Chrome\/(\d+)/], ["WebKit", /WebKit\/([\d.]+)/]]) {
    const match = navigator.userAgent.match(version);
    if (match) return { name, version: match[1] };
  }
}

// The way to the other front end.
function elsewhere() {
  const { storefront, back_office } = places;
  const [name, url] = location.origin === back_office ? ["storefront", storefront] : ["back office", back_office];
  const link = Object.assign(document.createElement("a"), { href: url, textContent: name });
  return ["The ", link, " is the same page at ", element("code", url), ", which may do other things."];
}

function card(situation) {
  const article = find("card").content.cloneNode(true).firstElementChild;
  article.id = situation.id;
  const part = (name) => article.querySelector(name);
  const heading = part("h3");
  heading.id = `${situation.id}-title`;
  heading.textContent = situation.title;
  article.setAttribute("aria-labelledby", heading.id);
  part("button").setAttribute("aria-describedby", heading.id);
  part(".why").textContent = situation.why;
  part(".code").textContent = situation.sends.map(code).join("\n");
  part("button").addEventListener("click", () => perform(situation, article));
  return article;
}

// What a page would write to send this.
function code({ url, method, headers, body, credentials, listens }) {
  url = `api + "${url.slice(places.api.length)}"`;
  if (listens) {
    return `xhr.upload.onprogress = …\nxhr.open("${method}", ${url})\nxhr.send("${body.slice(0, 8)}…")`;
  }
  const options = [];
  if (method !== "GET") options.push(`method: "${method}"`);
  if (headers) {
    const lines = Object.entries(headers).map(([name, value]) => `${key(name)}: "${value}"`);
    const line = `headers: { ${lines.join(", ")} }`;
    options.push(line.length > 40 ? `headers: {\n    ${lines.join(",\n    ")},\n  }` : line);
  }
  if (body) options.push(body.length > 2 ? "body: JSON.stringify(product)" : `body: "${body}"`);
  if (credentials) options.push(`credentials: "${credentials}"`);
  const lines = options.map((option) => `  ${option},\n`).join("");
  return lines ? `fetch(${url}, {\n${lines}})` : `fetch(${url})`;
}

const key = (name) => (/^\w+$/.test(name) ? name : `"${name}"`);

// One after the other, because the log says what the API has seen meanwhile.
let last = Promise.resolve();

function perform(situation, article) {
  // The button stays as it is meanwhile, so that the keyboard's focus does.
  if (article.hasAttribute("aria-busy")) return;
  article.setAttribute("aria-busy", "true");
  last = last.then(async () => {
    const before = await log();
    const outcomes = [];
    for (const request of situation.sends) {
      outcomes.push(await (situation.from ? sendFromFrame(situation.from, request) : send(request)));
    }
    const after = before && (await log(before.next));
    show(article, situation, outcomes, after);
    article.removeAttribute("aria-busy");
    summarize();
  });
}

function sendAll() {
  for (const button of document.querySelectorAll("article button")) {
    button.click();
  }
}

// What the API has seen; nothing if this page is none that may know.
async function log(since = 0) {
  const answer = await send({ url: `${places.api}/debug/log?since=${since}`, method: "GET" });
  return answer.status === 200 ? JSON.parse(answer.text) : undefined;
}

// Lets a page of another origin send it, which is there for as long as that takes. Sandboxed, its origin is `null`.
async function sendFromFrame(origin, request) {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = "A page of another origin";
  frame.src = origin === "null" ? "/frame" : `${origin}/frame`;
  if (origin === "null") frame.sandbox = "allow-scripts";
  await new Promise((resolve) => {
    frame.addEventListener("load", resolve);
    document.body.append(frame);
  });
  const { port1, port2 } = new MessageChannel();
  const outcome = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    // It may be another page: of whoever is at that origin, or of the browser, to say that there is none.
    setTimeout(() => resolve({ error: "The frame does not answer." }), 5000);
  });
  frame.contentWindow.postMessage(request, origin === "null" ? "*" : origin, [port2]);
  try {
    return await outcome;
  } finally {
    frame.remove();
  }
}

function show(article, situation, outcomes, news) {
  const part = (name) => article.querySelector(name);
  const origin = situation.from ?? location.origin;
  const failed = outcomes.find(({ error }) => error);
  const outcome = failed ?? outcomes.at(-1);
  article.dataset.outcome = failed ? "blocked" : outcome.status < 400 ? "ok" : "readable";
  part(".verdict").replaceChildren(...verdict(outcome, origin));
  part(".page").hidden = Boolean(failed);
  part(".readable").replaceChildren(...readable(outcome, situation.reads ?? []));

  const events = news?.events.filter((event) => event.origin === origin) ?? [];
  const requests = news ? events.filter(({ event }) => event === "request").map(request) : [element("li", UNREADABLE)];
  part(".saw").hidden = false;
  part(".requests").replaceChildren(...requests);

  part(".sides").hidden = !failed;
  if (!failed) return;
  const refusal = events.find(({ event }) => event === "refusal");
  const explanation = refusal?.explanation ?? [news ? (situation.unheard ?? "It refused nothing.") : UNREADABLE];
  part(".explanation").replaceChildren(...explanation.map((line) => element("span", `${line}\n`)));
  part(".error").textContent = failed.error;
  const consoles = refusal?.consoles ?? [];
  const blocked = { ...situation.sends[outcomes.indexOf(failed)], origin };
  part(".unpredicted").hidden = consoles.length > 0;
  part(".consoles").replaceChildren(...consoles.map((console) => consoleOf(console, blocked)));
}

// What a console says, where that of this browser is marked.
function consoleOf({ engine: name, browser, reason }, blocked) {
  const item = find("console").content.cloneNode(true).firstElementChild;
  item.className = name === engine()?.name ? "here" : "";
  item.querySelector("b").textContent = browser;
  item.querySelector(".tag").hidden = name !== engine()?.name;
  item.querySelector("pre").textContent = consoleLine[name](reason, blocked);
  return item;
}

// The whole line. The server knows its reason, and the page what was to be fetched.
const consoleLine = {
  Chromium: (reason, { url, listens, origin }) =>
    `Access to ${listens ? "XMLHttpRequest" : "fetch"} at '${url}' from origin '${origin}' has been blocked by CORS ` +
    `policy: ${reason}`,
  Firefox: (reason, { url }) =>
    "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at " +
    `${url}. ${reason}`,
  WebKit: (reason) => reason,
};

const UNREADABLE = "Its log cannot be read from here.";

function verdict({ status, statusText, error }, origin) {
  const text = error ? "blocked" : `${status} ${statusText}`;
  const from = origin === location.origin ? [] : [" from ", element("code", origin)];
  return [element("strong", text), ...from];
}

function readable({ headers = [], text = "" }, reads) {
  const item = (name, value) => {
    const line = element("li");
    line.append(element("b", `${name}: `), value);
    return line;
  };
  const values = new Map(headers);
  const missing = reads.filter((name) => !values.has(name));
  const lines = headers.map(([name, value]) => item(name, value));
  lines.push(...missing.map((name) => item(name, "null, for it is not exposed")));
  lines.push(item("body", text || "empty"));
  return lines;
}

function request({ method, path, preflight, cookies, status }) {
  const line = element("li");
  line.append(element("code", `${method} ${path}`));
  if (preflight) {
    const names = preflight.headers ? ` with ${preflight.headers.replaceAll(",", ", ")}` : "";
    line.append(" ", element("span", "preflight", "tag"), ` for ${preflight.method}${names}`);
  }
  if (cookies) line.append(" ", element("span", "cookie", "tag"));
  line.append(` → ${status}`);
  return line;
}

function element(name, text = "", className = "") {
  return Object.assign(document.createElement(name), { textContent: text, className });
}

function summarize() {
  const count = (outcome) => document.querySelectorAll(`article${outcome}`).length;
  const blocked = count("[data-outcome=blocked]");
  const sent = count("[data-outcome]");
  find("summary").textContent = sent
    ? `${sent} of ${count("")} sent: ${sent - blocked} readable, ${blocked} blocked`
    : `${count("")} situations`;
}

const started = start();
