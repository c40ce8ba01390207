package page

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestStrayControls: controls outside any form are kept apart by whose words they are.
func TestStrayControls(t *testing.T) {
	t.Parallel()
	p := parseBody(t, `<input name=a placeholder=搜索><p>手机号</p><input name=b>
<form action=/f><input name=c><button formaction="https://other.example/x">甲</button><button formaction=/y>乙</button><button formaction="javascript:go()">丙</button></form>
<button formaction=/stray>丁</button><table><tr><td>银 行 卡 号<td><input name=d></table>`)
	type form struct {
		Field   string
		Stray   bool
		Targets []string
		Inputs  []string
	}
	var got []form
	for _, f := range p.Forms {
		g := form{Field: f.Field, Stray: f.Node == 0}
		for _, u := range f.Targets {
			g.Targets = append(g.Targets, u.String())
		}
		for _, in := range f.Inputs {
			g.Inputs = append(g.Inputs, in.Name+"/"+in.Label)
		}
		got = append(got, g)
	}
	want := []form{
		{Field: "detail", Targets: []string{"https://other.example/x", "https://shop.example.com/y"}, Inputs: []string{"c/"}},
		{Field: "detail", Stray: true, Inputs: []string{"a/", "b/手机号", "d/银 行 卡 号"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestStrayControlsByField: the search box of the platform's frame does not take the
// provider's controls with it.
func TestStrayControlsByField(t *testing.T) {
	t.Parallel()
	body := strings.Replace(demoPage, `<div class="site-header">`, `<div class="site-header"><input type=search name=q>`, 1)
	body = strings.Replace(body, `<p>详情`, `<p>手机号 <input name=m></p><p>详情`, 1)
	var got []string
	for _, f := range Parse([]byte(body), demoOptions(t)).Forms {
		for _, in := range f.Inputs {
			got = append(got, f.Field+"/"+in.Name)
		}
	}
	if diff := cmp.Diff([]string{"/q", "detail/m"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestStrayControlsOfUnknownLayout: where the whole body is taken for the provider's words,
// controls outside any form are, too.
func TestStrayControlsOfUnknownLayout(t *testing.T) {
	t.Parallel()
	o := demoOptions(t)
	o.AsListing = true
	p := Parse([]byte(`<body><label>卡号 <input name=m></label></body>`), o)
	if p.Layout.Matched || len(p.Forms) != 1 || p.Forms[0].Field != fieldDetail {
		t.Errorf("layout %+v, forms %+v", p.Layout, p.Forms)
	}
}
