const stop = document.getElementById("stop");
stop?.addEventListener("click", async () => {
  stop.disabled = true;
  const answer = await fetch(`${stop.dataset.address}?_xsrf=${encodeURIComponent(stop.dataset.xsrf)}`, { method: "DELETE" });
  if (answer.ok) {
    location.reload();
    return;
  }
  const said = document.getElementById("said");
  said.textContent = stop.dataset.failed;
  said.hidden = false;
  stop.disabled = false;
});
