package terms

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
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
	out, err := regexp.Compile(`\A(?:` + re.String() + `)`)
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
