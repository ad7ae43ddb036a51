// Let the proxy listen on the sockets that the supervisor holds (datahall_hub/listening_sockets.py), so that
// no port is free while it starts again. Loaded before configurable-http-proxy by `node --require`.
"use strict";

const net = require("node:net");

const descriptors = new Map(
  (process.env.DATAHALL_SOCKETS || "")
    .split(" ")
    .filter(Boolean)
    .map((entry) => entry.split(":").map(Number)),
);
const listen = net.Server.prototype.listen;

net.Server.prototype.listen = function (port, ...rest) {
  const fd = descriptors.get(Number(port));
  if (fd === undefined) return listen.call(this, port, ...rest);
  const callback = rest.find((argument) => typeof argument === "function");
  return callback ? listen.call(this, { fd }, callback) : listen.call(this, { fd });
};
