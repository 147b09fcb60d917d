package browser

import _ "embed"

//go:embed audit.js
var audit string

// Audit tells what in the page keeps people out who use a keyboard, a screen
// reader, or eyes that need contrast. It is a part of what WCAG 2.2 asks for: what
// a script can decide.
func (t *Tab) Audit() ([]string, error) {
	return Eval[[]string](t, audit)
}

// Overflow tells what makes the page wider than its window; empty: nothing.
func (t *Tab) Overflow() ([]string, error) {
	return Eval[[]string](t, `(() => {
		const root = document.documentElement, wide = root.clientWidth;
		if (root.scrollWidth <= wide) return [];
		return [root.scrollWidth + " of " + wide + " pixels", ...[...document.querySelectorAll("body *")]
			.filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > wide + 1 && !e.closest(".scroll, pre, .lines, .hidden"))
			.slice(0, 5).map((e) => e.outerHTML.slice(0, 120))];
	})()`)
}

// Ribbons tells which cells of tables are so narrow that their text runs down the
// page in pieces; empty: none.
func (t *Tab) Ribbons() ([]string, error) {
	return Eval[[]string](t, `(() => [...document.querySelectorAll("td")]
		.filter((e) => e.checkVisibility() && e.innerText.length > 60 && e.getBoundingClientRect().width < 160)
		.slice(0, 5).map((e) => Math.round(e.getBoundingClientRect().width) + " pixels for " + e.innerText.slice(0, 120)))()`)
}
