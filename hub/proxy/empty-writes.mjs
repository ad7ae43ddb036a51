// No empty writes to servers: Node ends a request whose length is known with one.
//
// Where the server has answered and hung up by then, that is nothing on a TCP connection. On a Unix socket the write
// fails (EPIPE), and the answer, which lies there to be read, is lost: who saved a notebook was told 503.

import { ClientRequest } from "node:http";

const { onSocket } = ClientRequest.prototype;
const seen = new WeakSet();

ClientRequest.prototype.onSocket = function (socket, error) {
  if (socket && !seen.has(socket)) skipEmptyWrites(socket);
  return onSocket.call(this, socket, error);
};

function skipEmptyWrites(socket) {
  seen.add(socket);
  const { write } = socket;
  socket.write = function (data, ...rest) {
    if (data.length !== 0) return write.call(this, data, ...rest);
    const written = rest.find((each) => typeof each === "function");
    if (written) process.nextTick(written);
    return true;
  };
}
