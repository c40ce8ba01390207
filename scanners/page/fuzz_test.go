package page

import (
	"testing"

	"marketwarden/fixtures"
)

func FuzzParse(f *testing.F) {
	seeds := []string{
		"", demoPage, string(fixtures.ListingPage(2, 8<<10)),
		`<p>最<b>佳</b><span hidden>a<a href=b>c</a></span>d</p><pre>  x <b> </b></pre>`,
		`<noscript><noscript><p>a</noscript></noscript><iframe srcdoc="<iframe srcdoc='<b>x'>"></iframe>`,
		`<table><form><td><input><label for=a>x<select><option>y</table><a><b><a><p><b>`,
		`<p><code>a<div>b <kbd>c</kbd></code><code> <span hidden>x<tt>y</tt></span></code>`,
		`<svg><a xlink:href=x><foreignObject><p>t</p></foreignObject></a><title>q</title></svg>`,
		`<a href="javascript:location='\u{1F600}\x6'+atob('=')">¥1,2,3.4元/月</a><base href=::>`,
		"<p style='display:none;font-size:0'>\xff\x00&nbsp;\u3000<title>x<textarea>y",
		`<frameset><frame src=a><noframes><p>z</noframes></frameset>`,
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	profile := demo(f)
	m, err := NewMatcher(profile)
	if err != nil {
		f.Fatal(err)
	}
	u := mustURL(f, "https://market.demo.example/detail/dm000001.html")
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 64<<10 {
			return
		}
		check(t, Parse(body, Options{URL: u}))
		o := Options{URL: u, Profile: profile, Matcher: m, AsListing: true}
		p := Parse(body, o)
		check(t, p)
		o.Frames = map[string][]byte{}
		for _, w := range p.FramesWanted() {
			o.Frames[w.String()] = body
		}
		check(t, Parse(body, o))
		for i := range p.Links {
			p.Selector(p.Links[i].Node)
		}
	})
}

// FuzzFlatten: what the parser refuses, it takes flattened.
func FuzzFlatten(f *testing.F) {
	f.Add([]byte("<div><p><b></div></p><script><div></script><a><table><td>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 64<<10 {
			return
		}
		w := walker{page: &Page{}}
		doc, _ := w.document(flatten(body))
		if doc == nil {
			t.Error("no document")
		}
	})
}
