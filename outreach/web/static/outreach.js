// Starts the NHS components, also in parts of a page that are exchanged later.
import { initAll } from "/assets/nhsuk.js";
import "/static/insert.js";

initAll();
document.body.addEventListener("htmx:afterSettle", (event) => initAll({ scope: event.target }));
