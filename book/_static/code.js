// Two buttons on each page that has folded code: show all of it, hide all of it. Nothing is remembered.
// Without this script each fold opens by itself, and the lines that teach stand open.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const article = document.querySelector("article");
  if (!article?.querySelector("details.code")) return;

  // What lines are about: the first of them that is no import and no remark.
  const gist = (input) => {
    const lines = input.querySelector("pre").textContent.split("\n");
    return lines.find((line) => line.trim() && !/^(import|from|#|@|\s|\))/.test(line)) ?? lines[0];
  };
  // What stands open has no fold until all is to be hidden. Blanks of exercises never have one.
  const fold = (input) => {
    const details = document.createElement("details");
    details.className = "code";
    details.append(Object.assign(document.createElement("summary"), { textContent: `Code: ${gist(input)}` }));
    input.replaceWith(details);
    details.append(input);
  };
  const set = (open) => {
    if (!open) article.querySelectorAll(".cell:not(.tag_exercise) > .cell_input").forEach(fold);
    for (const details of article.querySelectorAll("details.code")) details.open = open;
    said.textContent = open ? "All code is shown." : "All code is hidden.";
  };
  const button = (text, open) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    made.addEventListener("click", () => set(open));
    return made;
  };

  const said = Object.assign(document.createElement("span"), { className: "sr-only" });
  said.setAttribute("role", "status");
  const group = Object.assign(document.createElement("div"), { className: "all-code" });
  group.append(button("Show all code", true), button("Hide all code", false), said);
  article.querySelector("h1").after(group);

  // Lines that were folded may be wider than the page: the theme then lets the keyboard scroll them.
  article.addEventListener("toggle", () => window.dispatchEvent(new Event("resize")), true);
});
