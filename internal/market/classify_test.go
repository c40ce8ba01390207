package market

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/weburl"
)

func load(t *testing.T, name string) *Profile {
	t.Helper()
	p, err := LoadProfile(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func parse(t *testing.T, raw string) *weburl.URL {
	t.Helper()
	u, err := weburl.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// seen is an Address as tables write it.
type seen struct {
	Kind   AddressKind
	Code   string
	Target string
}

func classify(t *testing.T, p *Profile, raw string) seen {
	t.Helper()
	a := p.Classify(parse(t, raw))
	s := seen{Kind: a.Kind, Code: a.Code}
	if a.Target != nil {
		s.Target = a.Target.String()
	}
	return s
}

func TestClassify(t *testing.T) {
	t.Parallel()
	tests := []struct {
		profile, raw string
		want         seen
	}{
		{"aliyun", "https://market.aliyun.com/products/57002002/cmapi00046276.html#sku=1", seen{Kind: AddrDetail, Code: "cmapi00046276"}},
		{"aliyun", "https://market.aliyun.com/detail/cmjj00071974", seen{Kind: AddrDetail, Code: "cmjj00071974"}},
		{"aliyun", "https://market.aliyun.com/detail/CMJJ00071974.HTML", seen{Kind: AddrDetail, Code: "cmjj00071974"}},
		{"aliyun", "https://market.aliyun.com/apimarket/detail/cmapi00066593", seen{Kind: AddrDetail, Code: "cmapi00066593"}},
		{"aliyun", "https://market.aliyun.com/new/way/cmjj00071974.html", seen{Kind: AddrDetail, Code: "cmjj00071974"}},
		{"aliyun", "https://market.aliyun.com./detail/cmjj00071974", seen{Kind: AddrDetail, Code: "cmjj00071974"}},
		{"aliyun", "https://market.aliyun.com:8443/detail/cmjj00071974", seen{Kind: AddrDetail, Code: "cmjj00071974"}},
		{"aliyun", "https://u:p@market.aliyun.com/detail/cmjj00071974", seen{Kind: AddrDetail, Code: "cmjj00071974"}},
		{"aliyun", "https://market.aliyun.com/", seen{Kind: AddrMarketHome}},
		{"aliyun", "https://market.aliyun.com/products/57002002/", seen{Kind: AddrMarketHome}},
		{"aliyun", "https://market.aliyun.com/products/?keywords=cmjj00071974", seen{Kind: AddrSearch}},
		{"aliyun", "https://market.aliyun.com/common/dashi/halo?userCode=kmemb8jp", seen{Kind: AddrCampaign}},
		{"aliyun", "https://marketplace.alibabacloud.com/products", seen{Kind: AddrOwn}},
		{"aliyun", "https://img.alicdn.com/a.png", seen{Kind: AddrOwn}},
		{"aliyun", "https://shop.oss-cn-hangzhou.aliyuncs.com/a.zip", seen{Kind: AddrUserContent}},
		{"aliyun", "https://a.b.oss-cn-beijing.aliyuncs.com/x", seen{Kind: AddrUserContent}},
		{"aliyun", "https://market.aliyun.com@evil.com/detail/cmjj00071974", seen{Kind: AddrForeign}},
		{"aliyun", "https://evil.com/market.aliyun.com/detail/cmjj00071974", seen{Kind: AddrForeign}},
		{"aliyun", "https://market.aliyun.com.evil.com/detail/cmjj00071974", seen{Kind: AddrForeign}},
		{"aliyun", "https://evilaliyun.com/detail/cmjj00071974", seen{Kind: AddrForeign}},
		{"aliyun", `https:\\evil.com\@market.aliyun.com/`, seen{Kind: AddrForeign}},
		{"aliyun", "https://www.taobao.com/", seen{Kind: AddrForeign}},
		{"aliyun", "mailto:a@aliyun.com", seen{Kind: AddrForeign}},
		{"aliyun", "https://account.aliyun.com/login/login.htm?oauth_callback=https%3A%2F%2Fevil.com%2F", seen{Kind: AddrRedirector, Target: "https://evil.com/"}},
		{"demo", "https://market.demo.example/detail/dm000001.html", seen{Kind: AddrDetail, Code: "dm000001"}},
		{"demo", "https://market.demo.example/products/software/dm000001.html?spm=1", seen{Kind: AddrDetail, Code: "dm000001"}},
		{"demo", "https://market.demo.example/detail/dm0000011.html", seen{Kind: AddrOwn}},
		{"demo", "https://market.demo.example/store/p01.html", seen{Kind: AddrStore}},
		{"demo", "https://market.demo.example/search?q=x", seen{Kind: AddrSearch}},
		{"demo", "https://market.demo.example/campaign/spring", seen{Kind: AddrCampaign}},
		{"demo", "https://market.demo.example/", seen{Kind: AddrMarketHome}},
		{"demo", "https://help.demo.example/detail/dm000001.html", seen{Kind: AddrOwn}},
		{"demo", "https://x.bucket.demo.example/a.zip", seen{Kind: AddrUserContent}},
		{"demo", "https://market.demo.example/jump?to=https%3A%2F%2Fevil.example%2F", seen{Kind: AddrRedirector, Target: "https://evil.example/"}},
		{"demo", "https://market.demo.example/jump?to=https%253A%252F%252Fevil.example%252Fa", seen{Kind: AddrRedirector, Target: "https://evil.example/a"}},
		{"demo", "https://market.demo.example/jump?to=//evil.example", seen{Kind: AddrRedirector, Target: "https://evil.example/"}},
		{"demo", "https://market.demo.example/jump?to=www.evil.com/x", seen{Kind: AddrRedirector, Target: "https://www.evil.com/x"}},
		{"demo", "https://market.demo.example/jump?to=/detail/dm000001.html", seen{Kind: AddrRedirector, Target: "https://market.demo.example/detail/dm000001.html"}},
		{"demo", "https://market.demo.example/jump?to=https%3A%2F%2Fmarket.demo.example%2Fjump%3Fto%3Dhttps%253A%252F%252Fevil.example%252F", seen{Kind: AddrRedirector, Target: "https://evil.example/"}},
		{"demo", "https://market.demo.example/jump?to=", seen{Kind: AddrRedirector}},
		{"demo", "https://market.demo.example/jump", seen{Kind: AddrOwn}},
	}
	profiles := map[string]*Profile{"aliyun": load(t, "aliyun"), "demo": load(t, "demo")}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, classify(t, profiles[tt.profile], tt.raw)); diff != "" {
			t.Errorf("Classify(%s) in %s (-want +got):\n%s", tt.raw, tt.profile, diff)
		}
	}
	if a := profiles["demo"].Classify(nil); a.Kind != AddrForeign {
		t.Errorf("Classify(nil) = %v", a)
	}
}

func TestHasCode(t *testing.T) {
	t.Parallel()
	p := load(t, "demo")
	tests := []struct {
		raw, code string
		want      bool
	}{
		{"https://market.demo.example/detail/dm000001.html", "dm000001", true},
		{"https://market.demo.example/detail/dm000001", "DM000001", true},
		{"https://market.demo.example/jump?to=%2Fdetail%2Fdm000001", "dm000001", true},
		{"https://market.demo.example/detail/dm000002.html", "dm000001", false},
		{"https://market.demo.example/search?q=dm000001", "dm000001", false},
		{"https://market.demo.example/", "", false},
	}
	for _, tt := range tests {
		if got := p.HasCode(parse(t, tt.raw), tt.code); got != tt.want {
			t.Errorf("HasCode(%s, %q) = %v, want %v", tt.raw, tt.code, got, tt.want)
		}
	}
}

// TestRealAddresses holds the shipped profile to addresses seen in the wild.
func TestRealAddresses(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MARKETWARDEN_REAL_DATA")
	if dir == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is unset: real addresses are not checked")
	}
	f, err := os.Open(filepath.Join(dir, "urls", "marketplace-urls.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = '\t', -1, true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]AddressKind{
		"detail": AddrDetail, "store": AddrStore, "search": AddrSearch, "coupon": AddrCampaign,
		"channel": AddrMarketHome, "category": AddrMarketHome, "api": AddrOwn, "template": AddrOwn,
		"buyer-console": AddrOwn, "seller-console": AddrOwn, "other-aliyun": AddrOwn, "api-endpoint": AddrOwn,
	}
	p := load(t, "aliyun")
	n := 0
	for _, row := range rows[1:] {
		want := seen{Kind: kinds[row[2]], Code: row[3]}
		switch row[1] {
		case "aliyun":
			n++
		case "alibabacloud":
			want.Kind = AddrOwn
		default:
			want = seen{Kind: AddrForeign}
		}
		if diff := cmp.Diff(want, classify(t, p, row[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row[0], diff)
		}
	}
	if n == 0 {
		t.Error("the file has no row of this marketplace")
	}
}

func BenchmarkClassify(b *testing.B) {
	p, err := LoadProfile("aliyun")
	if err != nil {
		b.Fatal(err)
	}
	var urls []*weburl.URL
	for _, raw := range []string{
		"https://www.aliyun.com/product/ecs", "https://market.aliyun.com/products/57002002/cmapi00046276.html",
		"https://www.example.com/", "https://img.alicdn.com/a.png",
	} {
		u, err := weburl.Parse(raw)
		if err != nil {
			b.Fatal(err)
		}
		urls = append(urls, u)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, u := range urls {
			p.Classify(u)
		}
	}
}
