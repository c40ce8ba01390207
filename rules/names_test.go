package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/rules/terms"
)

func TestNamesFind(t *testing.T) {
	t.Parallel()
	n := newNames([]string{"腾讯云", "AWS", "Google Cloud", "亚马逊云", "亚马逊云科技", "阿里云"}, []string{"阿里云"})
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"plain", "到腾讯云与AWS购买", []string{"腾讯云", "AWS"}},
		{"the longest", "亚马逊云科技中国", []string{"亚马逊云科技"}},
		{"case and space", "use google  cloud", []string{"google  cloud"}},
		{"inside a word", "the awss and laws of aws-cn", []string{"aws"}},
		{"traditional, separated, zero-width", "騰訊雲、腾 讯·云、腾\u200b讯云", []string{"騰訊雲", "腾 讯·云", "腾\u200b讯云"}},
		{"full width, in circles, look-alikes", "到ＡＷＳ、ＡW\u200bS、ⒶⓌⓈ、АWЅ买，ＡＷＳＳ、ЖАWS", []string{"ＡＷＳ", "ＡW\u200bS", "ⒶⓌⓈ", "АWЅ"}},
		{"the platform's own is none", "阿里云", nil},
		{"the end", "腾讯", nil},
		{"not UTF-8", "\xff\xe8\x85腾讯云\xe8", []string{"腾讯云"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, m := range n.find(terms.Read(tt.text).Plain()) {
				got = append(got, tt.text[m.start:m.end])
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// FuzzPlaceNames: what stands in a placed text comes from where original says.
func FuzzPlaceNames(f *testing.F) {
	for _, s := range []string{"请到 腾 讯 云 购买AWS 主机", "aws", "腾讯云腾讯云", "", "\xff腾讯云 \xe8"} {
		f.Add(s)
	}
	n := newNames([]string{"腾讯云", "AWS"}, nil)
	f.Fuzz(func(t *testing.T, text string) {
		found := n.find(terms.Read(text).Plain())
		p := placeNames(text, found, "某云")
		for i := range p.pieces {
			c := &p.pieces[i]
			from, to, name := p.original(c.at, c.at+c.size)
			switch {
			case from < 0 || to > len(text) || from >= to:
				t.Fatalf("piece %d of %q comes from [%d, %d)", i, text, from, to)
			case c.mention == nil && (name != "" || text[from:to] != p.text[c.at:c.at+c.size]):
				t.Fatalf("%q is not what stands at [%d, %d) of %q", p.text[c.at:c.at+c.size], from, to, text)
			case c.mention != nil && (name != c.mention.name || from != c.mention.start || to != c.mention.end):
				t.Fatalf("mention %v comes from [%d, %d)", *c.mention, from, to)
			}
		}
	})
}
