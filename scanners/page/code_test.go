package page

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestInlineCode holds that a block knows which parts of it are code, whatever is nested
// in these, and that white space around them is none.
func TestInlineCode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][][]string{
		"<p>a <code>b c</code> d <kbd> e </kbd>f<samp>g</samp><tt>h</tt>": {{"b c", "e", "g", "h"}},
		"<p><code>a</code>b<p>c":                                                              {{"a"}, nil},
		"<p>a<code>b<kbd>c</kbd></code><code></code><code> </code>":                           {{"bc"}},
		"<p>x<span hidden>y<code>z</code></span><code>w</code>":                               {{"w"}, {"z"}},
		"<pre>a <code>b</code></pre><code>c":                                                  {nil, {"c"}},
		"<p>a<code>b<div>c</div>d</code>e":                                                    {{"b"}, {"c"}, {"d"}},
		`<p>a<code style="display:block">b</code>`:                                            {nil, nil},
		"<p>" + strings.Repeat("<code>", 300) + "a" + strings.Repeat("</code>", 300) + "</p>": {{"a"}},
	} {
		p := parseBody(t, "<body>"+in)
		var got [][]string
		for _, b := range p.Blocks {
			var code []string
			for _, s := range b.Code {
				code = append(code, p.Text[s[0]:s[1]])
			}
			got = append(got, code)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.80s (-want +got):\n%s", in, diff)
		}
	}
}
