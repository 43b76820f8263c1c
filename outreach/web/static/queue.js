// Keys for the reading queue. They work only while the focus is inside a reply, so no key of anybody's tools is taken.
const replies = [...document.querySelectorAll("[data-reply]")];
const told = document.querySelector("[data-keys]");
if (told) told.hidden = replies.length === 0;

const enter = (reply) => reply?.querySelector("h2").focus();

const keys = {
  j: (reply) => enter(replies[replies.indexOf(reply) + 1]),
  k: (reply) => enter(replies[replies.indexOf(reply) - 1]),
  o: (reply) => reply.querySelector("summary")?.click(),
  // Folded words are opened first: nobody can have read them yet.
  r: (reply) => {
    const folded = reply.querySelector("[data-folded]:not([open])");
    if (folded) folded.open = true;
    else reply.querySelector(".reply__read")?.click();
  },
};

document.addEventListener("keydown", (event) => {
  const reply = event.target.closest?.("[data-reply]");
  const wanted = keys[event.key.toLowerCase()];
  if (!reply || !wanted || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  wanted(reply);
});
