const form = document.getElementById("request");
const said = document.getElementById("said");

async function ask(address, options) {
  const answer = await fetch(`${address}?_xsrf=${encodeURIComponent(form.dataset.xsrf)}`, {
    headers: { "Content-Type": "application/json" },
    ...options,
  });
  if (answer.ok) return answer;
  const notice = document.createElement("p");
  notice.className = "notice error";
  notice.textContent = form.dataset.failed;
  said.replaceChildren(notice);
  return null;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const wish = {
    note: document.getElementById("note").value,
    expires_in: Number(document.getElementById("expires").value),
  };
  if (form.elements.scope.value === "known") wish.scopes = ["read:users!user"];
  const answer = await ask(form.dataset.address, { method: "POST", body: JSON.stringify(wish) });
  if (answer === null) return;
  document.getElementById("token").textContent = (await answer.json()).token;
  document.getElementById("made").hidden = false;
  document.getElementById("note").value = "";
  document.getElementById("token").focus();
  await renewLists();
});

// The lists come from this page itself, so that the new token stays where it is shown.
async function renewLists() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const text = (await answer.text()).replace(/<(style|script)\b[^]*?<\/\1>/g, ""); // those bear the other page's nonce
  const page = new DOMParser().parseFromString(text, "text/html");
  document.getElementById("lists").replaceWith(document.adoptNode(page.getElementById("lists")));
  showTimes(document.getElementById("lists"));
}

const copy = document.getElementById("copy");
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(document.getElementById("token").textContent);
  const label = copy.textContent;
  copy.textContent = copy.dataset.done;
  setTimeout(() => { copy.textContent = label; }, 2000);
});

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("button[data-revokes]");
  if (button === null) return;
  button.disabled = true;
  const answer = await ask(`${form.dataset.address}/${encodeURIComponent(button.dataset.revokes)}`, { method: "DELETE" });
  if (answer === null) button.disabled = false;
  else button.closest("tr").remove();
});
