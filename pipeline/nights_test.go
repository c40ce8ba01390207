package pipeline_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/record"
	"marketwarden/pipeline"
)

// TestNights: what needs two observations, or three nights, is never said earlier, is not
// hurried by sweeping twice in a night, and ends when the address answers again.
func TestNights(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.Host + ":80")
		host, _, _ = strings.Cut(host, ":")
		switch {
		case r.URL.Path == "/robots.txt" && host == "www.closed-demo.com":
			fmt.Fprint(w, "User-agent: *\nDisallow: /\n")
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
		case down.Load():
			http.Error(w, "down", http.StatusBadGateway)
		default:
			fmt.Fprintf(w, "<html><title>%s</title><body><h1>%s</h1><p>ok</p></body></html>", host, host)
		}
	}))
	defer srv.Close()
	resolve := map[string]string{}
	for _, h := range []string{"www.closed-demo.com", "www.fragile-demo.com", "login.fragile-demo.com", "market.aliyun.com"} {
		resolve[h] = srv.Listener.Addr().String()
	}
	b := setup(t, "aliyun", resolve, nil)
	b.options.Config.Sweep.Attempts = 1
	b.load(map[string][]byte{
		"providers": []byte("provider_id,name,kind,site_url,contact_email,markets,status,joined_on\n" +
			"closed,Closed,enterprise,http://www.closed-demo.com/,,software,active,2020-01-01\n" +
			"fragile,Fragile,enterprise,http://www.fragile-demo.com/,,software,active,2020-01-01\n"),
		"listings": []byte("listing_id,provider_id,title,market,delivery,detail_url,product_page_url,price,listed_at,delisted_at,status,deliverable_url\n" +
			"cmjj000001,closed,星舟备份,software,image,http://market.aliyun.com/products/1/cmjj000001.html,,1,2020-01-01,,on_sale,\n" +
			"cmjj000002,fragile,云帆客服,software,saas,http://market.aliyun.com/products/1/cmjj000002.html,http://www.fragile-demo.com/yunfan,1,2020-01-01,,on_sale,http://login.fragile-demo.com/\n"),
	}, "")

	start := time.Date(2026, 6, 1, 2, 0, 0, 0, time.UTC)
	watched := []string{"deliverable-unavailable", "listing-unavailable", "no-product-page", "no-purchase-entry", "site-unavailable"}
	for _, night := range []struct {
		hours int
		down  bool
		want  map[string]string
	}{
		{0, true, map[string]string{
			"closed site-unavailable": "not_checked robots", "cmjj000001 listing-unavailable": "not_checked seen_once",
			"cmjj000001 no-product-page": "not_checked robots", "cmjj000001 no-purchase-entry": "not_checked robots",
			"cmjj000001 deliverable-unavailable": "", "fragile site-unavailable": "not_checked seen_once",
			"cmjj000002 listing-unavailable": "not_checked seen_once", "cmjj000002 deliverable-unavailable": "not_checked seen_once",
			"cmjj000002 no-product-page": "not_checked error_status", "cmjj000002 no-purchase-entry": "not_checked error_status",
		}},
		{6, true, map[string]string{ // the same night once more
			"closed site-unavailable": "not_checked robots", "fragile site-unavailable": "not_checked seen_once",
			"cmjj000002 deliverable-unavailable": "not_checked seen_once",
		}},
		{24, true, map[string]string{
			"closed site-unavailable": "not_checked robots", "cmjj000001 listing-unavailable": "violation",
			"fragile site-unavailable": "violation", "cmjj000002 deliverable-unavailable": "violation",
			"cmjj000002 no-product-page": "not_applicable explained", "cmjj000002 no-purchase-entry": "not_applicable explained",
		}},
		{48, false, map[string]string{
			"closed site-unavailable": "suspected", "cmjj000001 no-product-page": "not_checked robots",
			"cmjj000001 listing-unavailable": "", "fragile site-unavailable": "", "cmjj000002 deliverable-unavailable": "",
		}},
		{72, true, map[string]string{
			"closed site-unavailable": "suspected", "fragile site-unavailable": "not_checked seen_once",
			"cmjj000002 deliverable-unavailable": "not_checked seen_once",
		}},
	} {
		down.Store(night.down)
		sw := b.sweep(pipeline.Order{AsOf: start.Add(time.Duration(night.hours) * time.Hour)})
		got := map[string]string{}
		for _, r := range b.results(sw.ID) {
			for _, rule := range watched {
				if key := r.Subject.ID + " " + rule; r.Rule == rule && (r.Outcome != record.NotApplicable || night.want[key] != "") {
					got[key] = strings.TrimSpace(string(r.Outcome) + " " + r.Reason.Code)
				}
			}
		}
		for key, want := range night.want {
			if diff := cmp.Diff(want, got[key]); diff != "" {
				t.Errorf("after %d hours, %s (-want +got):\n%s", night.hours, key, diff)
			}
		}
	}
}
