package page

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Thresholds of the shell test, in visible characters without blanks. A page made for
// people has more than these; the frame of a shell (a hidden heading, a copyright line)
// has less.
const (
	fewChars    = 200 // with an empty mount element or a plea for JavaScript
	hardlyChars = 50  // with nothing but scripts to fill the page
	maxPending  = 30  // inside a mount element: "Loading…"
	maxNavLinks = 5
	muchCode    = 64 << 10 // bytes of inline code: the page brought its content with it
)

// shellInfo is what the walk notes for the shell test.
type shellInfo struct {
	scripts int    // <script> elements of code
	code    int    // bytes of inline code
	mount   string // a known mount element with hardly anything in it
	asked   bool   // a <noscript> asks for JavaScript
}

// isMount reports whether an element is one that frameworks build pages in.
func isMount(a *attrs) bool {
	if mountName(a.id) {
		return true
	}
	return a.id == "" && a.class != "" && len(a.class) < 24 && mountName(a.class)
}

func mountName(s string) bool {
	if len(s) < 3 || len(s) > 24 {
		return false
	}
	switch s {
	case "app", "App", "root", "__next", "__nuxt", "__layout", "___gatsby", "ice-container", "ice_container",
		"react-root", "react-app", "vue-app", "q-app", "app-root", "root-master", "main-app", "mount", "J_App",
		"app-container", "app_container", "container-root", "icestark-container", "svelte", "ember-app", "page-app":
		return true
	}
	return false
}

// mountSeen notes a mount element that has no page in it.
func (w *walker) mountSeen(a *attrs, textStart, links int) {
	if w.shellInfo.mount != "" || len(w.page.Links) > links || len(w.flow.text)-textStart > 3*maxPending {
		return
	}
	if a.id != "" {
		w.shellInfo.mount = "#" + cut(a.id, 40)
	} else {
		w.shellInfo.mount = "." + cut(a.class, 40)
	}
}

// shell decides whether the body appears only after JavaScript.
func (w *walker) shell() Shell {
	p := w.page
	info := &w.shellInfo
	if info.scripts == 0 {
		return Shell{}
	}
	all, inMain := visibleChars(p)
	links := 0
	for i := range p.Links {
		if l := &p.Links[i]; !l.Hidden && (l.Kind == LinkA || l.Kind == LinkArea) {
			links++
		}
	}
	seen := strconv.Itoa(all) + " visible characters"
	switch {
	case info.mount != "" && all < fewChars && links <= maxNavLinks:
		return Shell{true, "empty " + info.mount + ", " + seen}
	case info.mount != "" && inMain < hardlyChars:
		return Shell{true, "empty " + info.mount + ", " + strconv.Itoa(inMain) + " visible characters outside header, footer and navigation"}
	case info.asked && all < fewChars && links <= maxNavLinks && info.code < muchCode:
		return Shell{true, "asks for JavaScript, " + seen}
	case all < hardlyChars && links == 0 && len(p.Images) == 0 && len(p.Forms) == 0 && !w.leadsAway():
		return Shell{true, "nothing but scripts, " + seen}
	}
	return Shell{}
}

// leadsAway reports whether the page is a mere jump to another, or shows something else
// than HTML.
func (w *walker) leadsAway() bool {
	for i := range w.page.Links {
		k := w.page.Links[i].Kind
		if k == LinkMetaRefresh || k == LinkIframe || k == LinkFrame || k == LinkObject || k == LinkEmbed {
			return true
		}
	}
	return false
}

// visibleChars counts the visible characters, in all and outside the frame; it stops
// counting where there are plainly enough.
func visibleChars(p *Page) (all, inMain int) {
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Hidden || b.Attr != "" {
			continue
		}
		s := p.Text[b.Start:b.End]
		n := utf8.RuneCountInString(s) - strings.Count(s, " ")
		all += n
		switch b.Zone {
		case zoneHeader, zoneFooter, zoneNav, zoneAside:
		default:
			inMain += n
		}
		if inMain > fewChars {
			return all, inMain
		}
	}
	return all, inMain
}

// asksForJavaScript reads a <noscript>.
func asksForJavaScript(s string) bool {
	if len(s) > 4096 {
		s = s[:4096]
	}
	s = strings.ToLower(s)
	if !strings.Contains(s, "javascript") && !strings.Contains(s, "脚本") && !strings.Contains(s, " js ") {
		return false
	}
	for _, word := range [...]string{"enable", "need", "require", "turn on", "without", "启用", "开启", "打开", "支持", "允许", "需要"} {
		if strings.Contains(s, word) {
			return true
		}
	}
	return false
}
