package page

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/weburl"
)

// TestFindCommon: what stands on three of five pages repeats, and nothing does where few
// pages are known.
func TestFindCommon(t *testing.T) {
	t.Parallel()
	parse := func(path, body string) *Page {
		u, err := weburl.Parse("https://a-demo.com" + path)
		if err != nil {
			t.Fatal(err)
		}
		return Parse([]byte("<body><a href=/store>店铺</a>"+body+"<footer><p>阿里云合作伙伴</p></footer>"), Options{URL: u})
	}
	pages := []*Page{
		parse("/1", "<p>甲</p><a href=/x>甲</a>"), parse("/2", "<p>乙</p><p>共同</p>"), parse("/3", "<p>丙</p><p>共同</p>"),
		parse("/4", "<p>丁</p><p>共同</p>"), parse("/5", "<p>戊</p>"),
	}
	c := FindCommon(pages)
	var repeats []string
	for i := range pages[1].Blocks {
		if b := &pages[1].Blocks[i]; c.Block(pages[1], b) {
			repeats = append(repeats, pages[1].Text[b.Start:b.End])
		}
	}
	if diff := cmp.Diff([]string{"店铺", "共同", "阿里云合作伙伴"}, repeats); diff != "" {
		t.Errorf("repeating words (-want +got):\n%s", diff)
	}
	if !c.Link(&pages[0].Links[0]) || c.Link(&pages[0].Links[1]) {
		t.Errorf("links repeat: %v, %v", c.Link(&pages[0].Links[0]), c.Link(&pages[0].Links[1]))
	}
	few := FindCommon(pages[:2])
	if few.Block(pages[0], &pages[0].Blocks[0]) || few.Link(&pages[0].Links[0]) {
		t.Error("two pages tell what repeats on a site")
	}
}
