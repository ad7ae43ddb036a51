// The account menu closes like a menu: with Escape, and when the reader goes on elsewhere.
const closeMenus = (isInside) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!isInside(menu)) menu.open = false;
  }
};
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  closeMenus(() => false);
  if (open?.contains(document.activeElement)) open.querySelector("summary").focus();
});
document.addEventListener("click", (event) => closeMenus((menu) => menu.contains(event.target)));
