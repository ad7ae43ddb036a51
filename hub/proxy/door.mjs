// The door before people's servers: who comes through it, and what the others are told.
//
// All servers share the hall's origin, and each is in its owner's hands: a page of mallory's that alice opens could
// read alice's own server. So nobody's browser gets an answer from a server that they may not access. A browser shows
// the pass that the hub has signed (datahall_hub/door.py), a program its token; the server checks both again itself.

import { createHmac, timingSafeEqual } from "node:crypto";

const PASS = "datahall-door";
const SESSION = "jupyterhub-session-id";
// What a browser may keep: no page can be made of it. "a/b, text/html" would be one.
const MAY_BE_KEPT =
  /^(?:text\/(?:javascript|css)|application\/(?:javascript|json|wasm)|font\/[\w-]+|image\/(?!svg)[\w-]+)\s*(?:;[^,]*)?$/i;
const BASE = "http://example.com"; // as the proxy itself reads addresses
const CLOSED = JSON.stringify({
  code: "door-closed",
  message: "Open this workbench in a browser that has signed in, or send a token in the Authorization header.",
  message_zh: "请在已登录的浏览器中打开此工作台，或在 Authorization 请求头中发送令牌。",
});

export class Door {
  constructor({ key, clock = Date.now }) {
    if (!key) throw new Error("The proxy has no key of the door (DATAHALL_DOOR_KEY), so it does not start.");
    this.key = key;
    this.clock = clock;
  }

  // Whether a request may go to the server that it would be routed to.
  lets(req, { user, server_name: server }) {
    // The script that a browser would keep, and ask instead of us, whoever signs in there later.
    if (req.headers["service-worker"]) return false;
    if (hasToken(req)) return true;
    const cookies = readCookies(req);
    const sessions = new Set(cookies.filter(({ name }) => name === SESSION).map(({ value }) => value));
    if (sessions.size !== 1) return false; // a script of before may have left one beside the hub's
    const [session] = sessions;
    return cookies.some(({ name, value }) => name === PASS && this.#opens(value, { session, user, server }));
  }

  #opens(pass, { session, user, server }) {
    const [words, mark = ""] = pass.split(".");
    const expected = Buffer.from(createHmac("sha256", this.key).update(words).digest("hex"));
    const given = Buffer.from(mark);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
    const said = JSON.parse(Buffer.from(words, "base64url"));
    return (
      session !== "" && said.session === session && said.user === user && said.server === server &&
      said.until * 1000 > this.clock()
    );
  }
}

// The server is no place for the pass: whoever holds it could show it again.
export function takeOffPass(req) {
  const kept = readCookies(req).filter(({ name }) => name !== PASS);
  if (kept.length) req.headers.cookie = kept.map(({ text }) => text).join("; ");
  else delete req.headers.cookie;
}

// A page that a browser has kept would be shown to whoever signs in there later, without a question here.
export function haveAskedAgain({ statusCode, headers }) {
  if (statusCode === 304) delete headers["cache-control"]; // what was said of the page stays
  else if (!MAY_BE_KEPT.test(headers["content-type"] || "") && !/\bno-store\b/i.test(headers["cache-control"] || ""))
    headers["cache-control"] = "no-cache";
}

// Send a browser that opens a page to the hub, which knows who it is; refuse everything else.
export function turnAway(kind, req, out, { page }) {
  if (kind === "web" && isNavigation(req)) {
    const { pathname, search } = new URL(req.url, BASE);
    const address = `${page}?next=${encodeURIComponent(pathname + search)}`;
    out.writeHead(302, { Location: address, "Cache-Control": "no-store" }).end();
    return;
  }
  const headers = { "Content-Type": "application/json", "Cache-Control": "no-store", "Content-Length": Buffer.byteLength(CLOSED) };
  if (kind === "web") {
    out.writeHead(403, headers).end(CLOSED);
    return;
  }
  out.on("error", () => {}); // whoever asked may be gone
  const lines = Object.entries({ ...headers, Connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`);
  out.end(`HTTP/1.1 403 Forbidden\r\n${lines.join("")}\r\n${CLOSED}`);
}

// A link, a form or a script in a page cannot make a browser open a page with such a header.
function hasToken(req) {
  return /^(token|bearer)\s+\S/i.test(req.headers.authorization || "") && req.headers["sec-fetch-mode"] !== "navigate";
}

function isNavigation(req) {
  const mode = req.headers["sec-fetch-mode"];
  return req.method === "GET" && (mode ? mode === "navigate" : (req.headers.accept || "").includes("text/html"));
}

function readCookies(req) {
  return (req.headers.cookie || "").split(";").map((piece) => {
    const text = piece.trim();
    const [name, ...value] = text.split("=");
    return { text, name: name.trim(), value: value.join("=").trim() };
  });
}
