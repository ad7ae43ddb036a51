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
    note(event.message, true); // the reason, as the program said it
    document.getElementById("failed").hidden = false;
    document.getElementById("stop").hidden = true;
    document.getElementById("details").open = true;
  }
};

document.getElementById("stop").addEventListener("click", async ({ target }) => {
  target.disabled = true;
  message.textContent = messages.stopping;
  await fetch(`${target.dataset.address}?_xsrf=${encodeURIComponent(target.dataset.xsrf)}`, { method: "DELETE" });
  setTimeout(() => location.reload(), 2000);
});
