const message = document.getElementById("message");
const log = document.getElementById("log");

function describe(event) {
  if (event.ready) return messages.ready;
  if (event.failed) return messages.failed;
  if (event.before !== undefined) return event.before ? messages.before.replace("{count}", event.before) : messages.next;
  return messages[event.message] ?? event.message ?? "";
}

function note(text, english) {
  if (!text) return;
  const line = document.createElement("li");
  line.textContent = text;
  if (english) line.lang = "en";
  log.append(line);
}

// What was promised is taken back; `reason` is in the words of the program that did not start, or empty.
function fail(reason) {
  document.getElementById("heading").textContent = document.title = messages["not started"];
  for (const id of ["promise", "progress", "message", "stop"]) document.getElementById(id).hidden = true;
  const place = document.getElementById("reason");
  place.textContent = reason;
  place.hidden = !reason;
  if (!/[\u4e00-\u9fff]/.test(reason)) place.lang = "en";
  document.getElementById("failed").hidden = false;
}

const source = new EventSource(progressAddress);
source.onmessage = (received) => {
  const event = JSON.parse(received.data);
  if (event.progress !== undefined) document.getElementById("progress").value = event.progress;
  message.textContent = describe(event);
  if (event.before !== undefined) return; // a place in the line is nothing that has happened
  note(message.textContent, !(event.ready || event.failed || event.message in messages));
  if (event.ready) {
    source.close();
    location.reload(); // the hub now leads to the server
  }
  if (event.failed) {
    source.close();
    fail(event.message.replace(/^Spawn (failed|cancelled):? */, ""));
  }
};

document.getElementById("stop").addEventListener("click", async ({ target }) => {
  target.disabled = true;
  message.textContent = messages.stopping;
  await fetch(`${target.dataset.address}?_xsrf=${encodeURIComponent(target.dataset.xsrf)}`, { method: "DELETE" });
  setTimeout(() => location.reload(), 2000);
});
