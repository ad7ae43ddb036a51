// configurable-http-proxy, with a door before people's servers (door.mjs), and words of its own while the hub is away.
//
// The routing itself is asked whose server a request would reach, so that no spelling of an address goes around it.

import ConfigurableProxy from "configurable-http-proxy/lib/configproxy.js";
import { Door, haveAskedAgain, takeOffPass, turnAway } from "./door.mjs";
import "./empty-writes.mjs";
import { tellOpening } from "./opening.mjs";

const door = new Door({ key: process.env.DATAHALL_DOOR_KEY });
const { targetForReq, handleProxyError, _handleProxyErrorDefault: sayLittle } = ConfigurableProxy.prototype;
if (!targetForReq || !handleProxyError) throw new Error("This configurable-http-proxy has no place for the door.");
if (!sayLittle) throw new Error("This configurable-http-proxy says nothing by itself.");

const passed = new WeakSet(); // requests that go to a person's server
const watched = new WeakSet(); // proxies whose answers are looked at

class ClosedDoor extends Error {
  constructor(page) {
    super("closed door");
    this.page = page;
  }
}

// Called once for each request and each upgrade; what it throws comes to handleProxyError.
ConfigurableProxy.prototype.targetForReq = async function (req) {
  const match = await targetForReq.call(this, req);
  if (!match) return match;
  const route = await this._routes.get(match.prefix);
  if (!route) return undefined; // taken away this very moment
  // The hub says with each route whose server it is; a server that nobody is said to own is opened to nobody.
  if (route.user === undefined && !match.prefix.includes("/user/")) return match;
  if (!door.lets(req, route)) throw new ClosedDoor(findDoorPage(match.prefix, route));
  takeOffPass(req);
  passed.add(req);
  watchAnswers(this.proxy);
  return match;
};

ConfigurableProxy.prototype.handleProxyError = function (code, kind, req, out, error) {
  if (error instanceof ClosedDoor) return turnAway(kind, req, out, error);
  const sayMore = () => handleProxyError.call(this, code, kind, req, out, error);
  if (code !== 404 || kind !== "web" || !this.errorTarget) return sayMore();
  // The hub has not come yet where there is no route at all; its port may take questions that nobody answers.
  this._routes.getAll().then((routes) => (Object.keys(routes).length ? sayMore() : tellOpening(req, out)), sayMore);
};

// Called where the hub, which makes the pages of errors, cannot be asked for one.
ConfigurableProxy.prototype._handleProxyErrorDefault = function (code, kind, req, out) {
  if (this.errorTarget && kind === "web" && out.writeHead) return tellOpening(req, out);
  return sayLittle.call(this, code, kind, req, out);
};

function watchAnswers(proxy) {
  if (watched.has(proxy)) return;
  watched.add(proxy);
  proxy.on("proxyRes", (answer, req) => passed.has(req) && haveAskedAgain(answer));
}

// The hub stands beside the servers, below the same prefix.
function findDoorPage(prefix, { user, server_name: server }) {
  const own = `/user/${user}${server ? `/${server}` : ""}`;
  return `${prefix.endsWith(own) ? prefix.slice(0, -own.length) : ""}/hub/door`;
}

await import("configurable-http-proxy/bin/configurable-http-proxy");
