package pipeline_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	pages := []struct {
		listing, page string // the product code and the declared product page
		want          record.Outcome
		says          string // in the finding or the reason, in English
	}{
		{"cmjj00067609", "http://docs.vendor-demo.com/maxkb_cloud_market.html", record.Pass, ""},
		{"cmjj00011111", "http://docs.vendor-demo.com/halo_cloud_market.html", record.Violation, "campaign"},
		{"cmjj00011112", "http://www.jiancai-demo.com/index.html", record.Violation, "no"},
		{"cmjj00011113", "http://www.jiancai-demo.com/zhsh-427.html", record.Violation, "no"},
		{"cmjj00011114", "http://www.vendor22-demo.com/apps/wordpress/", record.Violation, ""},
		{"cmjj00011115", "http://www.vendor22-demo.com/apps/gitlab/", record.Violation, ""},
		{"cmjj00011116", "http://www.vendor22-demo.com/partner/", record.Violation, "search"},
		{"cmjj00011117", "http://www.vendor22-demo.com/news/websoft9-sap/", record.Violation, "store"},
		// The one detail link of that site stands in a customer story: it is that listing's,
		// and as a declared page it would do; for another listing it is the wrong one.
		{"cmjj010728", "http://www.vendor22-demo.com/case/the-professional-service-for-elmo-b2b-marketech-in-china/", record.Pass, ""},
		{"cmjj00011118", "http://www.vendor22-demo.com/case/the-professional-service-for-elmo-b2b-marketech-in-china/", record.Violation, "cmjj010728"},
		{"cmjj00011119", "http://shell1.spa-demo.com/aliyun.html", record.NotChecked, record.ReasonShell},
		{"cmjj00011120", "http://shell2.spa-demo.com/taonvlang.html", record.NotChecked, record.ReasonShell},
		{"cmjj00011121", "http://www.saved-demo.com/taobao.html", record.Violation, ""},
		{"cmjj00011122", "http://www.saved-demo.com/baidup.html", record.Violation, ""},
		{"cmjj00011123", "http://www.saved-demo.com/test_picture.html", record.Violation, ""},
		{"cmjj00011124", "http://www.vendor22-demo.com/apps/nothing-here/", record.NotChecked, record.ReasonErrorStatus},
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
		host := strings.Split(p.page, "/")[2]
		if !seen[host] {
			seen[host] = true
			fmt.Fprintf(&providers, "%s,%s,enterprise,http://%s/,,software,active,2020-01-01\n", host, host, host)
		}
		fmt.Fprintf(&listings, "%s,%s,云产品,software,image,https://market.aliyun.com/products/201204006/%s.html,%s,1元/月,2020-01-01,,on_sale\n",
			p.listing, host, p.listing, p.page)
	}
	b.load(map[string][]byte{"providers": []byte(providers.String()), "listings": []byte(listings.String())}, "")
	sw := b.sweep(pipeline.Order{AsOf: time.Now(), Scope: store.Scope{Only: pipeline.OnlySites}})

	got := map[string]record.Result{}
	for _, r := range b.results(sw.ID) {
		if r.Rule == "no-marketplace-backlink" {
			got[r.Subject.ID] = r
		}
	}
	for _, p := range pages {
		r, ok := got[p.listing]
		if !ok {
			r.Outcome = record.Pass
		}
		parts := []string{r.Reason.Code, r.Reason.Text.EN}
		for _, f := range r.Findings {
			parts = append(parts, f.Found.EN, f.Reason.EN)
		}
		says := strings.Join(parts, " ")
		t.Logf("%s: %s: %s", p.page, r.Outcome, says)
		if r.Outcome != p.want || !strings.Contains(says, p.says) {
			t.Errorf("%s for %s: %s (%s), want %s saying %q", p.page, p.listing, r.Outcome, says, p.want, p.says)
		}
	}
}
