package page

import "strings"

// css adds the addresses of url(…) and @import in a style sheet or style attribute.
func (w *walker) css(s, attrName string, c *ctx) {
	for i := 0; i < len(s); {
		j := strings.IndexAny(s[i:], "(/@")
		if j < 0 {
			return
		}
		i += j
		switch s[i] {
		case '/':
			i++
			if i < len(s) && s[i] == '*' {
				end := strings.Index(s[i:], "*/")
				if end < 0 {
					return
				}
				i += end + 2
			}
		case '@':
			i++
			if len(s)-i > 7 && strings.EqualFold(s[i:i+6], "import") {
				rest := strings.TrimLeft(s[i+6:], " \t\n\r\f")
				if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
					if end := strings.IndexByte(rest[1:], rest[0]); end >= 0 {
						w.pointAt(LoadStyle, attrName, rest[1:1+end], true, c)
					}
				}
			}
		default: // "("
			if i >= 3 && strings.EqualFold(s[i-3:i], "url") {
				address, n := cssAddress(s[i+1:])
				if address != "" && address[0] != '#' {
					w.pointAt(LoadCSS, attrName, address, true, c)
				}
				i += n
			}
			i++
		}
	}
}

// cssAddress reads what stands in url(…), s starting behind the parenthesis, and says
// how long it is.
func cssAddress(s string) (address string, n int) {
	t := strings.TrimLeft(s, " \t\n\r\f")
	skipped := len(s) - len(t)
	if t == "" {
		return "", len(s)
	}
	if q := t[0]; q == '"' || q == '\'' {
		end := strings.IndexByte(t[1:], q)
		if end < 0 {
			return "", len(s)
		}
		return t[1 : 1+end], skipped + end + 2
	}
	end := strings.IndexByte(t, ')')
	if end < 0 {
		return "", len(s)
	}
	return strings.TrimRight(t[:end], " \t\n\r\f"), skipped + end
}

// eachDeclaration calls f with the property and value of each declaration of a style
// attribute until it returns false.
func eachDeclaration(style string, f func(name, value string) bool) {
	for style != "" {
		decl := style
		if i := strings.IndexByte(style, ';'); i >= 0 {
			decl, style = style[:i], style[i+1:]
		} else {
			style = ""
		}
		i := strings.IndexByte(decl, ':')
		if i < 0 {
			continue
		}
		value := decl[i+1:]
		if j := strings.IndexByte(value, '!'); j >= 0 {
			value = value[:j]
		}
		if !f(strings.TrimSpace(decl[:i]), strings.TrimSpace(value)) {
			return
		}
	}
}

// hidesStyle reports whether an inline style keeps the element from being seen. What is
// hidden only by a style sheet, or clipped for screen readers, is not noticed.
func hidesStyle(style string) bool {
	if len(style) < 9 { // "opacity:0"
		return false
	}
	var hides, noSize, clipped bool
	eachDeclaration(style, func(name, value string) bool {
		if name == "" || value == "" {
			return true
		}
		switch name[0] | 0x20 {
		case 'd':
			hides = hides || strings.EqualFold(name, "display") && strings.EqualFold(value, "none")
		case 'v':
			hides = hides || strings.EqualFold(name, "visibility") && (strings.EqualFold(value, "hidden") || strings.EqualFold(value, "collapse"))
		case 'o':
			hides = hides || strings.EqualFold(name, "opacity") && isZero(value)
			clipped = clipped || strings.EqualFold(name, "overflow") && (strings.EqualFold(value, "hidden") || strings.EqualFold(value, "clip"))
		case 'f':
			hides = hides || strings.EqualFold(name, "font-size") && isZero(value)
		case 'c':
			hides = hides || strings.EqualFold(name, "color") && strings.EqualFold(value, "transparent")
		case 't':
			hides = hides || strings.EqualFold(name, "text-indent") && farOff(value) ||
				strings.EqualFold(name, "transform") && strings.EqualFold(value, "scale(0)")
		case 'l':
			hides = hides || strings.EqualFold(name, "left") && farOff(value)
		case 'h':
			noSize = noSize || strings.EqualFold(name, "height") && isZero(value)
		case 'w':
			noSize = noSize || strings.EqualFold(name, "width") && isZero(value)
		case 'm':
			noSize = noSize || (strings.EqualFold(name, "max-height") || strings.EqualFold(name, "max-width")) && isZero(value)
		}
		return !hides
	})
	return hides || noSize && clipped
}

// isZero reads "0", "0.0", "0px", "0%" and the like.
func isZero(v string) bool {
	digits := strings.TrimLeft(v, "0.")
	return len(digits) < len(v) && strings.Trim(strings.ToLower(digits), "abcdefghijklmnopqrstuvwxyz%") == ""
}

// farOff reports whether a length lies a screen or more to the left.
func farOff(v string) bool {
	if len(v) < 5 || v[0] != '-' {
		return false
	}
	n := 0
	for n+1 < len(v) && v[n+1] >= '0' && v[n+1] <= '9' {
		n++
	}
	return n >= 4 || n == 3 && strings.HasPrefix(v[1:], "999")
}

// displaysBlock reports whether an inline style makes the element a block of its own.
func displaysBlock(style string) bool {
	blocks := false
	eachDeclaration(style, func(name, value string) bool {
		if strings.EqualFold(name, "display") {
			switch strings.ToLower(value) {
			case "block", "flex", "grid", "table", "list-item", "flow-root", "table-cell", "table-row":
				blocks = true
			default:
				blocks = false
			}
		}
		return true
	})
	return blocks
}
