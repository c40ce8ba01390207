package pipeline_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

// TestRealSites sweeps real websites, served from loopback under host names, as the
// sites of providers, and holds the answers to what reading the pages tells.
func TestRealSites(t *testing.T) {
	t.Parallel()
	root := os.Getenv("MARKETWARDEN_REAL_DATA")
	if root == "" {
		t.Skip("MARKETWARDEN_REAL_DATA is not set: real sites are not swept")
	}
	hosts := map[string]string{ // host → folder
		"www.jiancai-demo.com":  "building-materials-company",
		"www.vendor22-demo.com": "marketplace-vendor-2022",
		"docs.vendor-demo.com":  "vendor-docs",
		"shell1.spa-demo.com":   "spa-shells/jyqf",
		"shell2.spa-demo.com":   "spa-shells/tangandli",
		"www.saved-demo.com":    "saved-pages",
	}
	const pass, bad, none, unchecked = "", "violation", "not_applicable", "not_checked"
	pages := []struct {
		listing, title, site, page string // the product code and the declared product page, "" for none
		// What no-product-page, no-partnership-statement, no-purchase-entry and
		// no-marketplace-backlink answer.
		want [4]string
		says string // somewhere in findings and reasons, in English
	}{
		{"cmjj00067609", "MaxKB 企业级智能体平台", "docs.vendor-demo.com", "maxkb_cloud_market.html", [4]string{pass, pass, pass, pass}, ""},
		{"cmjj00011111", "Halo 建站系统", "docs.vendor-demo.com", "halo_cloud_market.html", [4]string{pass, pass, pass, bad}, "campaign"},

		// A company of another trade: declared or not, no page presents a cloud product.
		{"cmjj00011112", "云帆智能客服系统", "www.jiancai-demo.com", "index.html", [4]string{bad, none, none, none}, "does not name the product"},
		{"cmjj00011113", "星舟数据备份软件", "www.jiancai-demo.com", "zhsh-427.html", [4]string{bad, none, none, none}, ""},
		{"cmjj00011125", "青穹运维监控平台", "www.jiancai-demo.com", "", [4]string{bad, none, none, none}, ""},

		// Its pages state the partnership in places; none of its products' pages qualifies.
		{"cmjj00011114", "WordPress 中文版", "www.vendor22-demo.com", "apps/wordpress/", [4]string{pass, bad, bad, bad}, "trial"},
		{"cmjj00011115", "GitLab 代码托管", "www.vendor22-demo.com", "apps/gitlab/", [4]string{pass, bad, bad, bad}, ""},
		{"cmjj00011126", "GitLab", "www.vendor22-demo.com", "", [4]string{pass, bad, bad, bad}, ""},

		{"cmjj00011119", "九月全服", "shell1.spa-demo.com", "aliyun.html", [4]string{unchecked, unchecked, unchecked, unchecked}, record.ReasonShell},
		{"cmjj00011120", "唐三藏", "shell2.spa-demo.com", "taonvlang.html", [4]string{unchecked, unchecked, unchecked, unchecked}, record.ReasonShell},
		{"cmjj00011121", "淘宝", "www.saved-demo.com", "taobao.html", [4]string{}, "judged"},
		{"cmjj00011122", "百度", "www.saved-demo.com", "baidup.html", [4]string{}, "judged"},
		{"cmjj00011123", "测试", "www.saved-demo.com", "test_picture.html", [4]string{}, "judged"},
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		http.FileServer(http.Dir(filepath.Join(root, "sites", hosts[host]))).ServeHTTP(w, r)
	}))
	defer srv.Close()
	resolve := map[string]string{}
	for h := range hosts {
		resolve[h] = srv.Listener.Addr().String()
	}
	b := setup(t, "aliyun", resolve, nil)
	var providers, listings strings.Builder
	providers.WriteString("provider_id,name,kind,site_url,contact_email,markets,status,joined_on\n")
	listings.WriteString("listing_id,provider_id,title,market,delivery,detail_url,product_page_url,price,listed_at,delisted_at,status\n")
	seen := map[string]bool{}
	for _, p := range pages {
		if !seen[p.site] {
			seen[p.site] = true
			fmt.Fprintf(&providers, "%s,%s,enterprise,http://%s/,,software,active,2020-01-01\n", p.site, p.site, p.site)
		}
		address := ""
		if p.page != "" {
			address = "http://" + p.site + "/" + p.page
		}
		fmt.Fprintf(&listings, "%s,%s,%s,software,image,https://market.aliyun.com/products/201204006/%s.html,%s,1元/月,2020-01-01,,on_sale\n",
			p.listing, p.site, p.title, p.listing, address)
	}
	b.load(map[string][]byte{"providers": []byte(providers.String()), "listings": []byte(listings.String())}, "")
	sw := b.sweep(pipeline.Order{AsOf: time.Now(), Scope: store.Scope{Only: pipeline.OnlySites}})

	got := map[string][4]string{}
	says := map[string]string{}
	for _, r := range b.results(sw.ID) {
		at := slices.Index([]string{"no-product-page", "no-partnership-statement", "no-purchase-entry", "no-marketplace-backlink"}, r.Rule)
		if at < 0 {
			continue
		}
		row := got[r.Subject.ID]
		row[at] = string(r.Outcome)
		got[r.Subject.ID] = row
		says[r.Subject.ID] += fmt.Sprintf("\n  %s %s %s %s", r.Rule, r.Outcome, r.Reason.Code, r.Reason.Text.EN)
		for _, f := range r.Findings {
			says[r.Subject.ID] += "; " + f.Found.EN + ": " + f.Reason.EN
		}
	}
	for _, p := range pages {
		t.Logf("%s %s: %s", p.title, p.page, says[p.listing])
		if p.says == "judged" { // complete without scripts, whatever is found there
			if strings.Contains(says[p.listing], record.ReasonShell) {
				t.Errorf("%s is taken for a shell", p.page)
			}
			continue
		}
		if diff := cmp.Diff(p.want, got[p.listing]); diff != "" || !strings.Contains(says[p.listing], p.says) {
			t.Errorf("%s, %s: want it to say %q (-want +got):\n%s", p.title, p.page, p.says, diff)
		}
	}
}
