// What every page must have for a keyboard and a screen reader. Each finding is a
// text; none is the aim.
(() => {
  const found = [];
  const name = (e) => {
    const by = (e.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
    return (e.getAttribute("aria-label") || by.map((id) => document.getElementById(id)?.textContent || `(no #${id})`).join(" ") || e.textContent || "").trim();
  };
  const where = (e) => e.outerHTML.slice(0, 120);
  const visible = (e) => e.checkVisibility();

  if (!document.documentElement.lang) found.push("the document has no language");
  if (!document.title.trim()) found.push("the document has no title");
  for (const landmark of ["header", "nav", "main"]) if (!document.querySelector(landmark)) found.push(`there is no ${landmark}`);
  if (document.querySelectorAll("main").length !== 1) found.push("there is not one main");
  const skip = document.querySelector("body > a[href^='#']");
  if (!skip || !document.getElementById(skip.hash.slice(1))) found.push("the first link does not skip to the content");

  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(visible);
  if (headings.filter((h) => h.tagName === "H1").length !== 1) found.push("there is not one h1");
  headings.reduce((above, h) => {
    const level = Number(h.tagName[1]);
    if (level > above + 1) found.push(`a heading leaves out a level: ${where(h)}`);
    if (!h.textContent.trim()) found.push(`a heading is empty: ${where(h)}`);
    return level;
  }, 0);

  for (const e of document.querySelectorAll("img")) if (!e.hasAttribute("alt")) found.push(`a picture has no alternative: ${where(e)}`);
  for (const e of document.querySelectorAll("svg:not(svg svg)")) {
    const hidden = e.closest("[aria-hidden='true']");
    if (!hidden && !(e.getAttribute("role") && name(e))) found.push(`a drawing has neither role and name nor is it hidden: ${where(e)}`);
  }
  for (const e of document.querySelectorAll("a[href], button, summary")) {
    if (!name(e) && !e.querySelector("img[alt]:not([alt=''])")) found.push(`nothing says what this is: ${where(e)}`);
  }
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!name(e) && ![...(e.labels || [])].some((l) => l.textContent.trim())) found.push(`a control has no label: ${where(e)}`);
  }
  for (const e of document.querySelectorAll("table")) {
    // Markdown has no captions.
    if (!e.querySelector("caption")?.textContent.trim() && !e.closest(".document, .runbook, .text")) found.push(`a table has no caption: ${where(e)}`);
    for (const h of e.querySelectorAll("tbody th")) if (!h.scope) found.push(`a table's header has no scope: ${where(h)}`);
  }
  const ids = new Set();
  for (const e of document.querySelectorAll("[id]")) {
    if (ids.has(e.id)) found.push(`the id ${e.id} is there twice`);
    ids.add(e.id);
  }
  for (const e of document.querySelectorAll("[style], [onclick], script:not([src])")) found.push(`something is inline: ${where(e)}`);
  for (const e of document.querySelectorAll("pre, .scroll, .lines")) {
    if (visible(e) && (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1) && e.tabIndex < 0) found.push(`what scrolls cannot be reached by keyboard: ${where(e)}`);
  }

  // WCAG 2.2: 4.5 to 1, and 3 to 1 for large text.
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const paint = (layers) => {
    pen.clearRect(0, 0, 1, 1);
    for (const layer of layers) {
      pen.fillStyle = layer;
      pen.fillRect(0, 0, 1, 1);
    }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const seen = new Set();
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest("svg, .hidden, .skip") || !visible(e) || ![...e.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim())) continue;
    const layers = [];
    for (let up = e; up; up = up.parentElement) layers.unshift(getComputedStyle(up).backgroundColor);
    const style = getComputedStyle(e);
    const back = paint(["white", ...layers]);
    const front = paint(["white", ...layers, style.color]);
    const [dark, light] = [luminance(back), luminance(front)].sort((a, b) => a - b);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const ratio = (light + 0.05) / (dark + 0.05);
    const what = `${e.tagName}.${e.className} ${ratio.toFixed(2)}`;
    if (ratio < least && !seen.has(what)) found.push(`the contrast is too low: ${what} in ${where(e)}`);
    seen.add(what);
  }
  return found;
})();
