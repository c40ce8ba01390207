package terms

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// What stands before an anchor is matched from the anchor backwards: an expression that
// must end there, run forwards, is tried from every place of the window before it fails;
// run backwards, it fails at the first character that does not fit.

// compileBackwards compiles an expression to match, on turned text, where the expression
// itself would match right up to the end.
func compileBackwards(expression string) (*regexp.Regexp, error) {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("parse %q: %w", expression, err)
	}
	reverse(re)
	var b strings.Builder
	b.WriteString(`\A(?:`)
	write(&b, re)
	b.WriteByte(')')
	out, err := regexp.Compile(b.String())
	if err != nil {
		return nil, fmt.Errorf("turn %q: %w", expression, err)
	}
	return out, nil
}

// reverse turns an expression round. Which of several matches is preferred changes; whether
// there is one does not.
func reverse(re *syntax.Regexp) {
	switch re.Op { //nolint:exhaustive // the others are the same both ways
	case syntax.OpLiteral:
		slices.Reverse(re.Rune)
	case syntax.OpConcat:
		slices.Reverse(re.Sub)
	case syntax.OpBeginLine:
		re.Op = syntax.OpEndLine
	case syntax.OpEndLine:
		re.Op = syntax.OpBeginLine
	case syntax.OpBeginText:
		re.Op = syntax.OpEndText
	case syntax.OpEndText:
		re.Op = syntax.OpBeginText
	}
	for _, sub := range re.Sub {
		reverse(sub)
	}
}

// write writes an expression out. The library's own way to do it looks at every character of
// every class for the shortest flags, which for classes of what must not stand somewhere
// ("[^，。]") is nearly all of Unicode: seconds for the files there are.
func write(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			b.WriteString(`(?i:` + regexp.QuoteMeta(string(re.Rune)) + `)`)
		} else {
			b.WriteString(`(?:` + regexp.QuoteMeta(string(re.Rune)) + `)`)
		}
	case syntax.OpCharClass:
		b.WriteByte('[')
		for i := 0; i+1 < len(re.Rune); i += 2 {
			fmt.Fprintf(b, `\x{%x}-\x{%x}`, re.Rune[i], re.Rune[i+1])
		}
		b.WriteByte(']')
	case syntax.OpConcat, syntax.OpCapture:
		b.WriteString(`(?:`)
		for _, sub := range re.Sub {
			write(b, sub)
		}
		b.WriteByte(')')
	case syntax.OpAlternate:
		b.WriteString(`(?:`)
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte('|')
			}
			write(b, sub)
		}
		b.WriteByte(')')
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		b.WriteString(`(?:`)
		write(b, re.Sub[0])
		b.WriteByte(')')
		b.WriteString(times(re))
	default: // what has neither characters nor parts
		b.WriteString(re.String())
	}
}

// times is how often, written out. Which of several matches is preferred does not matter.
func times(re *syntax.Regexp) string {
	switch re.Op { //nolint:exhaustive // asked about repetitions alone
	case syntax.OpStar:
		return "*"
	case syntax.OpPlus:
		return "+"
	case syntax.OpQuest:
		return "?"
	}
	switch {
	case re.Max < 0:
		return fmt.Sprintf("{%d,}", re.Min)
	case re.Max == re.Min:
		return fmt.Sprintf("{%d}", re.Min)
	}
	return fmt.Sprintf("{%d,%d}", re.Min, re.Max)
}

// appendTurned appends the characters of text from the last to the first. Bytes that are
// of none stay none.
func appendTurned(out, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeLastRune(text)
		if r == utf8.RuneError && n == 1 {
			out = append(out, 0xFF)
		} else {
			out = append(out, text[len(text)-n:]...)
		}
		text = text[:len(text)-n]
	}
	return out
}
