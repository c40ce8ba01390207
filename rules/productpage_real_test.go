package rules_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html/charset"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/weburl"
	"marketwarden/rules"
	"marketwarden/scanners/page"
)

// realSite reads the pages of one of the real sites as if they stood at home.
func realSite(t *testing.T, name, home string) []rules.SitePage {
	t.Helper()
	dir := os.Getenv("MARKETWARDEN_REAL_DATA")
	if dir == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is unset: real pages are not read")
	}
	root := filepath.Join(dir, "sites", name)
	var out []rules.SitePage
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".html") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		enc, _, _ := charset.DetermineEncoding(raw, "")
		body, err := enc.NewDecoder().Bytes(raw)
		if err != nil {
			body = raw
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		u, err := weburl.Parse(home + strings.TrimSuffix(filepath.ToSlash(rel), "index.html"))
		if err != nil {
			return err
		}
		out = append(out, rules.SitePage{URL: u, Page: page.Parse(body, page.Options{URL: u}), How: rules.SiteLink})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatalf("no page of %s", name)
	}
	return out
}

func aliyun(t *testing.T) *market.Profile {
	t.Helper()
	p, err := market.LoadProfile("aliyun")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRealSiteWithoutProduct: none of the pages of a building-material company presents a
// product for the cloud.
func TestRealSiteWithoutProduct(t *testing.T) {
	t.Parallel()
	const home = "https://www.materials.example/"
	pages := realSite(t, "building-materials-company", home)
	for _, title := range []string{
		"云岚堡垒机 V5 运维安全审计系统", "MaxKB 企业级智能体平台（镜像）", "企业官网定制建站服务", "好会计财务软件", "WordPress 中文建站镜像",
		"进销存管理系统旗舰版", "工程项目管理软件", "智能客服机器人",
	} {
		s := rules.NewSeek(aliyun(t), market.Listing{ID: "cmjj00012345", Title: title})
		for i := range pages {
			if g := s.Presents(&pages[i], home, nil); g != rules.GradeNone {
				t.Errorf("%s: grade %d of %s (%s)", title, g, pages[i].URL, pages[i].Page.Title)
			}
		}
	}
}

// judgeAs asks the rules about a real page as the declared page of a listing, and answers
// what is not a pass.
func judgeAs(t *testing.T, p *market.Profile, sp *rules.SitePage, l market.Listing) map[string]record.Outcome {
	t.Helper()
	l.Status = market.StatusOnSale
	l.ProductPageURL = sp.URL.String()
	f := &rules.Facts{Profile: p, Listing: l, Page: sp.Page, WholeBody: true}
	out := map[string]record.Outcome{}
	for _, r := range book(t).Judge(rules.ScopeProductPage, f) {
		switch r.Rule {
		case "no-product-page", "no-partnership-statement", "no-purchase-entry", "no-marketplace-backlink":
			if r.Outcome != record.Pass {
				out[r.Rule] = r.Outcome
			}
		}
	}
	return out
}

// TestRealVendorPages: one page of the wild has all that is asked, one lacks the link to
// the listing alone.
func TestRealVendorPages(t *testing.T) {
	t.Parallel()
	pages := realSite(t, "vendor-docs", "https://www.vendor.example/")
	for file, tt := range map[string]struct {
		title, id string
		want      map[string]record.Outcome
	}{
		"maxkb_cloud_market.html": {"MaxKB 企业级智能体平台（镜像）", "cmjj00067609", map[string]record.Outcome{}},
		"halo_cloud_market.html":  {"Halo", "cmjj00000001", map[string]record.Outcome{"no-marketplace-backlink": record.Violation}},
	} {
		for i := range pages {
			if !strings.HasSuffix(pages[i].URL.Path(), file) {
				continue
			}
			l := market.Listing{ID: tt.id, Title: tt.title, DetailURL: "https://market.aliyun.com/products/1/" + tt.id + ".html"}
			if diff := cmp.Diff(tt.want, judgeAs(t, aliyun(t), &pages[i], l)); diff != "" {
				t.Errorf("%s (-want +got)\n%s", file, diff)
			}
		}
	}
}

// TestRealMarketplaceVendor: none of the pages of a vendor has all that is asked, whatever
// it is taken for; its page of a product is found among news, stories and lists, and a
// story that links to the listing is not taken for one.
func TestRealMarketplaceVendor(t *testing.T) {
	t.Parallel()
	const home, id = "https://www.websoft9.com/", "cmjj010728"
	pages := realSite(t, "marketplace-vendor-2022", home)
	detail := "https://market.aliyun.com/products/53616009/" + id + ".html"
	for title, want := range map[string]string{
		"Websoft9 GitLab 代码托管平台": home + "apps/gitlab/", "WordPress 中文建站镜像": home + "apps/wordpress/", "云栈进销存管理系统": "",
	} {
		l := market.Listing{ID: id, Title: title, DetailURL: detail, Status: market.StatusOnSale}
		for i := range pages {
			if bad := judgeAs(t, aliyun(t), &pages[i], l); len(bad) == 0 {
				t.Errorf("%s: %s has all that is asked", title, pages[i].URL)
			}
		}
		f := &rules.Facts{Profile: aliyun(t), Listing: l, Site: &rules.Site{Home: home, Searched: true, Pages: pages}}
		rules.ChooseProductPage(f)
		got := ""
		if f.Product.Page != nil {
			got = f.Product.Page.URL.String()
		}
		if got != want {
			t.Errorf("%s: chose %q, want %q; considered %v", title, got, want, f.Product.Considered)
		}
	}
}
