package terms

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"marketwarden/internal/textfold"
)

// pattern is a condition on an anchor and its sentence. With "@" in its source, which
// stands for the anchor, it holds when what is before and after the anchor fits; without,
// when it is found in the sentence.
type pattern struct {
	source      string
	at          place          // in the file
	exempt      *Exemption     // nil for claims
	back, after *regexp.Regexp // nil: anything; back is what must stand before, backwards
	sentence    *regexp.Regexp
	number      int // of sentence, among those of the set

	sources                           [3]string // of before, after and sentence
	cuesBefore, cuesAfter, cuesAround cueSets   // see cues
}

// Bounds of what a pattern looks at, in bytes of plain text; a Chinese character has 3.
const (
	windowBefore   = 160
	windowAfter    = 220
	windowSentence = 360 // on each side
)

// macro is a reference to a definition; a repetition ({1,3}) is none.
var macro = regexp.MustCompile(`\{[a-z][a-z0-9_]*\}`)

// maxNesting bounds how deep definitions may refer to definitions.
const maxNesting = 5

func compilePattern(source string, define map[string]string) (*pattern, error) {
	if source == "" || len(source) > maxText {
		return nil, fmt.Errorf("a pattern of %d bytes; there must be 1 to %d", len(source), maxText)
	}
	src, err := expand(source, define)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", source, err)
	}
	for _, r := range src {
		if plain := simplified(textfold.Fold(string(r)).Text); r >= utf8.RuneSelf && plain != string(r) {
			return nil, fmt.Errorf("pattern %q: %q never occurs in plain text, which has %q", source, r, plain)
		}
	}
	p := &pattern{source: source}
	compile := func(format, part string) *regexp.Regexp {
		if part == "" || err != nil {
			return nil
		}
		var re *regexp.Regexp
		re, err = regexp.Compile(fmt.Sprintf(format, part))
		return re
	}
	switch before, after, anchored := strings.Cut(src, "@"); {
	case strings.Contains(after, "@"):
		return nil, fmt.Errorf("pattern %q: more than one @", source)
	case !anchored:
		p.sentence, p.sources[2] = compile("%s", src), src
	default:
		p.sources[0], p.sources[1] = before, after
		p.after = compile(`\A(?:%s)`, after)
		if before != "" && err == nil {
			p.back, err = compileBackwards(before)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", source, err)
	}
	return p, nil
}

// expand writes out definitions.
func expand(src string, define map[string]string) (string, error) {
	for range maxNesting {
		var unknown string
		next := macro.ReplaceAllStringFunc(src, func(ref string) string {
			value, ok := define[ref[1:len(ref)-1]]
			if !ok {
				unknown = ref
				return ref
			}
			return "(?:" + value + ")"
		})
		switch {
		case unknown != "":
			return "", fmt.Errorf("%s is not defined", unknown)
		case len(next) > maxFile/16:
			return "", fmt.Errorf("definitions grow beyond %d bytes", maxFile/16)
		case next == src:
			return src, nil
		}
		src = next
	}
	return "", fmt.Errorf("definitions are nested more than %d deep", maxNesting)
}

// context is an anchor in its sentence, as patterns see it.
type context struct {
	before, after []byte // windows up to and from the anchor
	around        []byte
	back          []byte // before, turned; empty until asked for
	// held are the answers of sentence patterns by their numbers, 0 for none yet. They are
	// good for all anchors of a sentence that is looked at as a whole.
	held  []answer
	whole bool

	start, end int // of the anchor in the sentence
}

// answer is whether a pattern holds, where that is known.
type answer int8

const (
	yes answer = iota + 1
	no
)

// cut cuts the windows of the anchor [start, end) out of a sentence.
func (x *context) cut(sentence []byte, start, end int) {
	x.before = sentence[runeUp(sentence, start-windowBefore):start]
	x.after = sentence[end:runeUp(sentence, end+windowAfter)]
	x.around = sentence[runeUp(sentence, start-windowSentence):runeUp(sentence, end+windowSentence)]
	x.start, x.end = start, end
	x.back, x.whole = x.back[:0], len(x.around) == len(sentence)
}

// runeUp is i brought inside s, at the next boundary of a rune.
func runeUp(s []byte, i int) int {
	i = min(max(i, 0), len(s))
	for i < len(s) && !utf8.RuneStart(s[i]) {
		i++
	}
	return i
}

// holds reports whether the pattern holds around an anchor that has these literals nearby.
func (p *pattern) holds(x *context, n *nearby) bool {
	return p.cuesAround.meet(n.around) && p.cuesAfter.meet(n.after) && p.cuesBefore.meet(n.before) && p.matches(x)
}

// matches is holds by the expressions alone.
func (p *pattern) matches(x *context) bool {
	if p.sentence != nil {
		return p.found(x)
	}
	if p.after != nil && !p.after.Match(x.after) {
		return false
	}
	if p.back == nil {
		return true
	}
	if len(x.back) == 0 {
		x.back = appendTurned(x.back, x.before)
	}
	return p.back.Match(x.back)
}

// found reports whether the pattern is found around the anchor.
func (p *pattern) found(x *context) bool {
	if !x.whole || p.number >= len(x.held) {
		return p.sentence.Match(x.around)
	}
	held := &x.held[p.number]
	if *held == 0 {
		*held = no
		if p.sentence.Match(x.around) {
			*held = yes
		}
	}
	return *held == yes
}
