package weburl

import "testing"

func TestElide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"dm100007", "dm100007"},
		{"https://shop.example/a/b", "https://shop.example/a/b"},
		{"https://shop.example/a?token=s3cret&phone=138", "https://shop.example/a?…"},
		{"https://shop.example/a#/login/s3cret", "https://shop.example/a#…"},
		{"https://user:pass@shop.example/a", "https://shop.example/a"},
		{"https://shop.example/@team/a", "https://shop.example/@team/a"},
		{"robots.txt of a.example forbids this program /x?y=1 today", "robots.txt of a.example forbids this program /x?… today"},
		{"really?", "really?"},
	} {
		if got := Elide(c.in); got != c.want {
			t.Errorf("Elide(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}
