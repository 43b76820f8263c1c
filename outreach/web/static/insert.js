// Beside each thing that can be inserted into a text: a button that does it where the writer's cursor stands.
for (const list of document.querySelectorAll("[data-insert-into]")) {
  const field = document.getElementById(list.dataset.insertInto);
  for (const code of list.querySelectorAll("li > code:first-child")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "insert";
    button.textContent = "Insert";
    button.setAttribute("aria-label", `Insert ${code.textContent}`);
    button.addEventListener("click", () => {
      field.setRangeText(code.textContent, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
    code.after(" ", button);
  }
}
