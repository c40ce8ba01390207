package pipeline_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

// TestOneHost: pages of one host that fail come again together, so that the site is not
// explored anew for each of them; and a provider with more listings than one unit looks
// for is answered for all of them, its website once.
func TestOneHost(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.Host+r.URL.Path]++
		mu.Unlock()
		switch {
		case r.URL.Path == "/robots.txt", r.URL.Path == "/sitemap.xml":
			http.NotFound(w, r)
		case strings.HasPrefix(r.URL.Path, "/failing"):
			http.Error(w, "later", http.StatusServiceUnavailable)
		default:
			fmt.Fprint(w, "<title>某某科技</title><h1>某某科技</h1><p>我们为企业提供咨询服务，欢迎来电了解详情，期待与您合作，共同成长。</p>")
		}
	}))
	defer srv.Close()
	b := setup(t, "aliyun", map[string]string{"www.many-demo.com": srv.Listener.Addr().String(), "www.failing-demo.com": srv.Listener.Addr().String()}, nil)
	b.options.Config.Sweep.Attempts = 2
	const failing, undeclared = 6, 60
	var listings strings.Builder
	listings.WriteString("listing_id,provider_id,title,market,delivery,detail_url,product_page_url,price,listed_at,delisted_at,status\n")
	add := func(n int, provider, page string) {
		fmt.Fprintf(&listings, "cmjj%06d,%s,云帆客服第%d代,software,image,http://market.aliyun.com/products/1/cmjj%06d.html,%s,1,2020-01-01,,on_sale\n", n, provider, n, n, page)
	}
	for i := range failing {
		add(i, "failing", fmt.Sprintf("http://www.failing-demo.com/failing/%d", i))
	}
	for i := range undeclared {
		add(100+i, "many", "")
	}
	b.load(map[string][]byte{
		"providers": []byte("provider_id,name,kind,site_url,contact_email,markets,status,joined_on\n" +
			"many,Many,enterprise,http://www.many-demo.com/,,software,active,2020-01-01\n" +
			"failing,Failing,enterprise,http://www.failing-demo.com/,,software,active,2020-01-01\n"),
		"listings": []byte(listings.String()),
	}, "")
	sw := b.sweep(pipeline.Order{AsOf: time.Now(), Scope: store.Scope{Only: pipeline.OnlySites}})
	answers := map[string]record.Outcome{}
	for _, r := range b.results(sw.ID) {
		if r.Rule == "no-product-page" {
			answers[r.Subject.ID] = r.Outcome
		}
		if r.Rule == "site-unavailable" {
			t.Errorf("%s: %s", r.Subject.ID, r.Outcome)
		}
	}
	if len(answers) != failing+undeclared {
		t.Errorf("%d listings are answered for, want %d", len(answers), failing+undeclared)
	}
	for id, outcome := range answers {
		want := record.Violation
		if id < "cmjj000100" {
			want = record.NotChecked
		}
		if outcome != want {
			t.Errorf("%s: %s, want %s", id, outcome, want)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if n := asked["www.many-demo.com/"]; n != 1 {
		t.Errorf("the home page was asked for %d times for one provider", n)
	}
	if n := asked["www.failing-demo.com/"]; n > 2 {
		t.Errorf("the home page was asked for %d times for two attempts at the pages", n)
	}
}
