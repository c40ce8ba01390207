package pipeline_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/fixtures"
	"marketwarden/internal/config"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

// desk is the shipped market with people who decide, a clock, and pages that can be taken
// down.
type desk struct {
	*bundle

	srv   *fixtures.Server
	front *httptest.Server
	now   atomic.Pointer[time.Time]
	down  sync.Map // paths that answer 503
	asOf  time.Time
}

func newDesk(t *testing.T, change func(*config.Config)) *desk {
	t.Helper()
	srv, err := fixtures.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	feeds, err := fixtures.Feeds()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{srv: srv}
	d.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, down := d.down.Load(r.URL.Path); down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		srv.ServeHTTP(w, r)
	}))
	t.Cleanup(d.front.Close)
	resolve := srv.Resolve()
	for host, addr := range resolve {
		if addr == srv.Addr() {
			resolve[host] = d.front.Listener.Addr().String()
		}
	}
	d.bundle = setup(t, fixtures.ProfileID, resolve, func(c *config.Config) {
		c.DataDir = t.TempDir()
		c.Sweep.Attempts = 1
		if change != nil {
			change(c)
		}
	})
	d.load(feeds, fixtures.Covers)
	if d.asOf, err = fixtures.AsOf(1); err != nil {
		t.Fatal(err)
	}
	d.at(d.asOf)
	d.options.Now = func() time.Time { return *d.now.Load() }
	return d
}

func (d *desk) at(now time.Time) { d.now.Store(&now) }

// night sweeps a night of the market.
func (d *desk) night(n int, scope store.Scope) store.Sweep {
	d.t.Helper()
	d.srv.SetNight(n)
	asOf, err := fixtures.AsOf(n)
	if err != nil {
		d.t.Fatal(err)
	}
	d.at(asOf)
	return d.sweep(pipeline.Order{AsOf: asOf, Scope: scope})
}

// decide decides about the open records of subjects and of a rule ("" = any).
func (d *desk) decide(kind record.DecisionKind, rule string, subjects ...string) {
	d.t.Helper()
	var prints []string
	err := d.store.EachCase(d.t.Context(), store.CaseFilter{Rule: rule}, func(v *record.View) {
		if slices.Contains(subjects, v.Finding.Subject.ID) {
			prints = append(prints, v.Fingerprint)
		}
	})
	if err == nil && len(prints) < len(subjects) {
		err = errors.New("the fixture market has no such records")
	}
	if err == nil {
		err = d.store.Decide(d.t.Context(), prints, func(list []store.Case) ([]record.Decision, error) {
			var out []record.Decision
			for i := range list {
				v := &list[i].View
				one := record.Decision{
					Fingerprint: v.Fingerprint, Kind: kind, Who: "李审核", Why: "seen on the page", At: *d.now.Load(),
					Outcome: v.Finding.Outcome, ContentHash: v.ContentHash, Sweep: v.LastSweep,
				}
				if kind == record.Waive {
					one.Until, one.Owner = d.now.Load().AddDate(0, 0, 9), "王合规"
				}
				out = append(out, one)
			}
			return out, nil
		})
	}
	if err != nil {
		d.t.Fatalf("%s %s %v: %v", kind, rule, subjects, err)
	}
}

// notify runs Notify with a worker of its own.
func (d *desk) notify(o pipeline.NotifyOptions) pipeline.NotifyResult {
	d.t.Helper()
	res, err := d.tryNotify(d.t.Context(), o)
	if err != nil {
		d.t.Fatal(err)
	}
	return res
}

func (d *desk) tryNotify(ctx context.Context, o pipeline.NotifyOptions) (pipeline.NotifyResult, error) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	e := d.engine()
	w, err := e.Start(ctx)
	if err != nil {
		d.t.Fatal(err)
	}
	res, err := e.Notify(ctx, o)
	if stopErr := w.Stop(context.WithoutCancel(ctx)); stopErr != nil {
		d.t.Error(stopErr)
	}
	return res, err
}

// whys are the codes of a provider's records by subject, "told" apart.
func (d *desk) whys(provider string) map[string][]pipeline.Why {
	d.t.Helper()
	x, err := d.engine().Explain(d.t.Context(), 0, provider)
	if err != nil {
		d.t.Fatal(err)
	}
	out := map[string][]pipeline.Why{}
	for i := range x.Records {
		r := &x.Records[i]
		id := r.View.Finding.Subject.ID
		if !slices.Contains(out[id], r.Why) {
			out[id] = append(out[id], r.Why)
			slices.Sort(out[id])
		}
	}
	return out
}

// told is what became of the notices of a result, by provider.
func told(res pipeline.NotifyResult) map[string]string {
	out := map[string]string{}
	for _, p := range res.Providers {
		out[p.Provider.ID] = p.Notice.State + " " + p.Notice.Reason
	}
	return out
}

// mails are the names of the mails in a folder, by name.
func mails(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, f := range entries {
		if filepath.Ext(f.Name()) == ".eml" {
			out = append(out, f.Name())
		}
	}
	return out
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func holds(t *testing.T, what, text string, want, not []string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(text, s) {
			t.Errorf("%s does not hold %q", what, s)
		}
	}
	for _, s := range not {
		if strings.Contains(text, s) {
			t.Errorf("%s holds %q", what, s)
		}
	}
}

// TestNotify: who is told what. The sweep of night 1 was reviewed; until the notices are
// sent some pages were mended (they are those of night 2), one is down and one provider
// has left.
func TestNotify(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	first := d.night(1, store.Scope{})
	d.at(d.asOf.Add(7 * time.Hour))
	d.decide(record.Confirm, "external-link", "dm000003", "dm000004", "dm000005")
	d.decide(record.Confirm, "off-platform-contact", "dm000041")
	d.decide(record.Confirm, "no-marketplace-backlink", "dm000013") // on the provider's site
	d.decide(record.Confirm, "zero-orders", "dm000025")             // of the feeds
	d.decide(record.Confirm, "exaggerated-claim", "dm000036")
	d.decide(record.Dismiss, "external-link", "dm000006")
	d.decide(record.Waive, "external-link", "dm000007")

	step := func(name string, f func()) { // one after the other, on what the one before left
		t.Log(name)
		f()
	}
	step("dry", func() {
		res := d.notify(pipeline.NotifyOptions{})
		if res.Sweep != first.ID || res.Again != 0 || len(res.Providers) == 0 {
			t.Errorf("sweep %d, looked again by %d, %d providers", res.Sweep, res.Again, len(res.Providers))
		}
		if n := count(t, d, "notices"); n != 0 {
			t.Errorf("a dry run stored %d notices", n)
		}
		dir := filepath.Join(d.options.Config.DataDir, "notices", "preview-1")
		page := read(t, filepath.Join(dir, "PREVIEW-sp1001.html"))
		holds(t, "preview", page, []string{"www.yunlan-soft-buy.com", "www.yunlan-scan-login.com", "尚未发送", "未重新检查"}, []string{"dm000005"})
		if got := mails(t, dir); len(got) != len(res.Providers) {
			t.Errorf("previews %v for %d providers", got, len(res.Providers))
		}
		// A second run leaves no preview of what is no longer due.
		d.notify(pipeline.NotifyOptions{Provider: "sp1004"})
		if diff := cmp.Diff([]string{"PREVIEW-sp1004.eml"}, mails(t, dir)); diff != "" {
			t.Errorf("previews (-want +got):\n%s", diff)
		}
	})

	d.srv.SetNight(2) // dm000003, dm000013 and dm000041 were mended
	d.down.Store("/detail/dm000005.html", true)
	if _, err := d.store.Pool.Exec(t.Context(), `UPDATE providers SET status = 'left' WHERE provider_id = 'sp1010'`); err != nil {
		t.Fatal(err)
	}
	d.at(d.asOf.Add(8 * time.Hour))
	var again int64
	step("send", func() {
		res := d.notify(pipeline.NotifyOptions{Send: true})
		again = res.Again
		want := map[string]string{
			"sp1001": "sent ", "sp1002": "dropped not_looked_at", "sp1004": "dropped mended", "sp1011": "dropped mended",
			provider(t, d, "dm000025"): "sent ",
		}
		if diff := cmp.Diff(want, told(res)); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
		if res.Counts.Sent != 2 || res.Undelivered() {
			t.Errorf("counts %+v", res.Counts)
		}
		dir := filepath.Join(d.options.Config.DataDir, "notices")
		if got := mails(t, dir); len(got) != 2 {
			t.Fatalf("folder holds %v", got)
		}
		n := noticeOf(t, d, "sp1001")
		page := read(t, filepath.Join(dir, n.Reference+".html"))
		holds(t, "notice of sp1001", page,
			[]string{n.Reference, "<mark", "www.yunlan-scan-login.com", "trial.yunlan-scan-demo.cn", "2026-03-10 10:00", "dm000004"},
			[]string{"www.yunlan-soft-buy.com", "bbs.yunlan-lnmp.net", "dm000003", "预览", "李审核"})
		m, err := mail.ReadMessage(strings.NewReader(read(t, filepath.Join(dir, n.Reference+".eml"))))
		if err != nil || m.Header.Get("Message-ID") != n.MessageID || !strings.Contains(m.Header.Get("To"), "<market@yunlansoft-demo.com>") {
			t.Errorf("mail of sp1001: %v %v", m, err)
		}
		for subject, why := range map[string]pipeline.Why{"dm000003": pipeline.WhyResolved, "dm000004": pipeline.WhyTold} {
			if got := d.whys("sp1001")[subject]; !slices.Equal(got, []pipeline.Why{why}) {
				t.Errorf("%s: %q, want %q", subject, got, why)
			}
		}
		want2 := map[string]pipeline.Why{"dm000005": pipeline.WhyHeld, "dm000006": pipeline.WhyDismissed, "dm000007": pipeline.WhyWaived}
		for subject, why := range want2 {
			if got := d.whys("sp1002")[subject]; !slices.Contains(got, why) {
				t.Errorf("%s: %q, want %q", subject, got, why)
			}
		}
		if got := d.whys("sp1010")["dm000036"]; !slices.Contains(got, pipeline.WhyProviderLeft) {
			t.Errorf("dm000036: %q", got)
		}
	})

	step("the second look is no night", func() {
		if last, err := d.store.LastClosedSweep(t.Context()); err != nil || last.ID != first.ID || again <= first.ID {
			t.Errorf("the last closed sweep is %d, %v; sweep %d looked again", last.ID, err, again)
		}
		asked := map[string]bool{}
		for _, r := range d.results(again) {
			asked[r.Subject.ID] = true
		}
		if asked["dm000008"] || asked["dm000010"] || asked["dm000007"] {
			t.Errorf("looked at what nobody is told of: %v", asked)
		}
		for _, v := range d.records(first.ID) {
			if v.Status != record.Open {
				t.Errorf("the report of the night before tells that %s %s is %s", v.Finding.Rule, v.Finding.Subject.ID, v.Status)
			}
		}
	})

	step("nothing twice", func() {
		d.down.Clear()
		res := d.notify(pipeline.NotifyOptions{Send: true})
		if !res.Nothing() || res.Again != 0 {
			t.Errorf("told again: %v, looked by %d", told(res), res.Again)
		}
		if got := mails(t, filepath.Join(d.options.Config.DataDir, "notices")); len(got) != 2 {
			t.Errorf("folder holds %v", got)
		}
	})

	step("next night", func() {
		second := d.night(2, store.Scope{})
		mended := 0
		for _, v := range d.records(second.ID) {
			if v.Change == record.ChangeResolved && v.ResolvedSweep == again {
				mended++
			}
		}
		for _, p := range d.report(second.ID).Trend {
			if p.Sweep == again {
				t.Errorf("the trend counts sweep %d, which only looked again", again)
			}
		}
		if mended != 5 { // two links of dm000003, two of dm000041, one of dm000013
			t.Errorf("the report tells of %d records that were found mended in between, want 5", mended)
		}
		d.at(d.now.Load().Add(time.Hour))
		res := d.notify(pipeline.NotifyOptions{Send: true})
		if diff := cmp.Diff(map[string]string{"sp1002": "sent "}, told(res)); diff != "" {
			t.Errorf("what was held (-want +got):\n%s", diff)
		}
	})
}

func count(t *testing.T, d *desk, table string) (n int) {
	t.Helper()
	if err := d.store.Pool.QueryRow(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func provider(t *testing.T, d *desk, listing string) string {
	t.Helper()
	l, err := d.store.Listing(t.Context(), listing)
	if err != nil {
		t.Fatal(err)
	}
	return l.ProviderID
}

func noticeOf(t *testing.T, d *desk, provider string) store.Notice {
	t.Helper()
	list, err := d.store.NoticesWhere(t.Context(), store.NoticeFilter{Provider: provider})
	if err != nil || len(list) == 0 {
		t.Fatalf("notices of %s: %v, %v", provider, list, err)
	}
	return list[0]
}

// TestNotifyInterrupted: a run that was cut off while it looked again is done again, goes
// by what the first one's look found, and tells everybody once.
func TestNotifyInterrupted(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.night(1, store.Scope{Only: pipeline.OnlyListings})
	d.at(d.asOf.Add(7 * time.Hour))
	d.decide(record.Confirm, "external-link", "dm000004", "dm000009")

	// The first run has no worker, so its look does not end; it is cut off while it waits.
	ctx, cancel := context.WithCancel(t.Context())
	var planned int64
	_, err := d.engine().Notify(ctx, pipeline.NotifyOptions{Send: true, Show: func(sweep int64, _ store.Progress) {
		planned = sweep
		cancel()
	}})
	if !errors.Is(err, pipeline.ErrInterrupted) || planned == 0 {
		t.Fatalf("the run that was cut off answers %v, sweep %d", err, planned)
	}
	if n := count(t, d, "notices"); n != 2 {
		t.Fatalf("%d notices are queued", n)
	}
	res := d.notify(pipeline.NotifyOptions{Send: true})
	if diff := cmp.Diff(map[string]string{"sp1001": "sent ", "sp1003": "sent "}, told(res)); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	if res.Again != planned || count(t, d, "sweeps") != 2 {
		t.Errorf("looked again by sweep %d of %d, want by %d", res.Again, count(t, d, "sweeps"), planned)
	}
}

// TestNotifyDecidesLate: what people or the page change while a notice waits is heeded.
func TestNotifyDecidesLate(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.night(1, store.Scope{Only: pipeline.OnlyListings})
	d.at(d.asOf.Add(7 * time.Hour))
	d.decide(record.Confirm, "external-link", "dm000004", "dm000005", "dm000009")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := d.engine().Notify(ctx, pipeline.NotifyOptions{Send: true, Show: func(int64, store.Progress) { cancel() }})
	if !errors.Is(err, pipeline.ErrInterrupted) {
		t.Fatal(err)
	}
	d.decide(record.Dismiss, "external-link", "dm000005")
	res := d.notify(pipeline.NotifyOptions{Send: true})
	want := map[string]string{"sp1001": "sent ", "sp1002": "dropped dismissed", "sp1003": "sent "}
	if diff := cmp.Diff(want, told(res)); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
}

// TestNotifyRefuses: wrong sweeps and providers are told apart from nothing to tell.
func TestNotifyRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	if _, err := d.engine().Notify(t.Context(), pipeline.NotifyOptions{}); !errors.Is(err, store.ErrNoSweep) {
		t.Errorf("before the first night: %v", err)
	}
	sw := d.night(1, store.Scope{Only: pipeline.OnlyAccounts})
	back := d.sweep(pipeline.Order{AsOf: d.asOf.AddDate(0, -1, 0), LookBack: true})
	for name, tc := range map[string]struct {
		o    pipeline.NotifyOptions
		want error
	}{
		"no such sweep":    {pipeline.NotifyOptions{Sweep: 99}, store.ErrNoSweep},
		"a look back":      {pipeline.NotifyOptions{Sweep: back.ID}, pipeline.ErrNotClosed},
		"no such provider": {pipeline.NotifyOptions{Provider: "nobody", Send: true}, store.ErrNoProvider},
		"nothing decided":  {pipeline.NotifyOptions{Sweep: sw.ID, Send: true}, nil},
	} {
		res, err := d.engine().Notify(t.Context(), tc.o)
		if !errors.Is(err, tc.want) || err == nil && !res.Nothing() {
			t.Errorf("%s: %v, %+v", name, err, res)
		}
	}
	if _, err := d.engine().Explain(t.Context(), 0, "nobody"); !errors.Is(err, store.ErrNoProvider) {
		t.Errorf("explain an unknown provider: %v", err)
	}
}
