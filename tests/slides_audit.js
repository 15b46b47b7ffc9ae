// What is wrong with the slide that reveal.js shows, at 1280 x 720: one line for each thing.
() => {
  const WIDTH = 1280, HEIGHT = 720, TYPE = 24, PICTURE = 60;
  const slide = Reveal.getCurrentSlide(), found = [];
  const seen = (e) => e.checkVisibility({ visibilityProperty: true })
    && !e.closest(".notes, .as-say, mjx-assistive-mml, .fragment:not(.visible)");
  const inside = (box, what) => {
    lowest = Math.max(lowest, box.bottom);
    if (box.left < -0.5 || box.top < -0.5 || box.right > WIDTH + 0.5 || box.bottom > HEIGHT + 0.5)
      found.push(`outside, down to ${Math.round(box.right)}, ${Math.round(box.bottom)}: ${what}`);
  };
  let lowest = 0, n_words = 0;
  const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, parent = text.parentElement, words = text.data.trim();
    if (!words || /STYLE|SCRIPT/.test(parent.nodeName) || !seen(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    if (!box.width) continue;
    n_words += words.split(/\s+/).length;
    // In a drawing type is scaled, so its height counts.
    const size = parent.closest("svg") ? box.height / 1.15 : parseFloat(getComputedStyle(parent).fontSize);
    if (size < TYPE - 0.1 && !parent.closest("sup, sub, option"))
      found.push(`type of ${size.toFixed(1)} px: ${words.slice(0, 40)}`);
    inside(box, words.slice(0, 40));
  }
  for (const e of slide.querySelectorAll("img, canvas, svg, input, button, audio, table, pre, select")) {
    const box = e.getBoundingClientRect();
    if (!seen(e) || getComputedStyle(e).opacity === "0" || e.closest("mjx-container") || !box.width) continue;
    inside(box, e.nodeName);
    if (/IMG|CANVAS/.test(e.nodeName) && Math.min(box.width, box.height) < PICTURE)
      found.push(`a picture of only ${Math.round(box.width)} x ${Math.round(box.height)}`);
  }
  if (slide.scrollHeight > slide.clientHeight + 1 || slide.scrollWidth > slide.clientWidth + 1)
    found.push(`overflows: ${slide.scrollWidth} x ${slide.scrollHeight}`);
  for (const e of slide.querySelectorAll("*"))
    if (seen(e) && e.clientHeight && e.scrollHeight > e.clientHeight + 2 && e.nodeName !== "SELECT"
      && /hidden|auto|scroll/.test(getComputedStyle(e).overflowY) && !e.closest("mjx-container"))
      found.push(`scrolls: ${e.nodeName} of ${e.scrollHeight} px in ${e.clientHeight}`);
  // Letters in a figure are points of a picture: how large they are is written on it.
  for (const figure of slide.querySelectorAll(".as-figure")) {
    const size = figure.dataset.letters * figure.querySelector(".as-panels").style.zoom;
    if (!(size >= TYPE - 0.1)) found.push(`letters of ${size.toFixed(1)} px in a figure`);
  }
  const own = slide.querySelector(".words"), below = slide.querySelector(".shown")?.firstElementChild;
  if (own && below && below.getBoundingClientRect().top < own.getBoundingClientRect().bottom - 1)
    found.push("what is shown lies over the words");
  if (n_words < 8 || lowest < HEIGHT * 0.45)
    found.push(`nearly empty: ${n_words} words, down to ${Math.round(lowest)}`);
  if (own?.innerText.trim().endsWith(":") && !below) found.push("ends in a colon");
  return found;
}
