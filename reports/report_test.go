package reports

import (
	"bytes"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

func testCatalogue() Catalogue {
	return Catalogue{
		"external-link": {
			Clause: "10(5)", Severity: "high",
			Title: record.Text{ZH: "站外链接", EN: "External link"}, Mend: record.Text{ZH: "删除链接", EN: "Remove the link"},
		},
		"zero-orders": {
			Clause: "18(14)", Severity: "critical",
			Title: record.Text{ZH: "零成单", EN: "No orders"}, Mend: record.Text{ZH: "下架或成单", EN: "Sell or take it down"},
		},
		"deployment-ratio": {
			Clause: "24(5)", Severity: "critical",
			Title: record.Text{ZH: "云上部署占比", EN: "Deployment ratio"}, Mend: record.Text{ZH: "提高占比", EN: "Raise the share"},
		},
	}
}

func at(day, hour int) time.Time {
	return time.Date(2026, 3, day, hour, 0, 0, 123456789, market.Shanghai)
}

// finding is a violation of external-link with one occurrence.
func finding(provider, listing, target string) record.Finding {
	return record.Finding{
		Rule: "external-link", Version: 1, Outcome: record.Violation,
		Subject:       record.Subject{Kind: record.SubjectListing, ID: listing, ProviderID: provider, ListingID: listing},
		Discriminator: target, Part: record.PartHTML("https://market.example/detail/" + listing),
		Expected: record.Text{ZH: "只链接平台自有网站", EN: "links to the platform's own sites only"},
		Found:    record.Text{ZH: "链接到 " + target, EN: "a link to " + target},
		Reason:   record.Text{ZH: "不是平台自有域名", EN: "not a host of the platform"},
		Occurrences: []record.Occurrence{{
			URL: "https://market.example/detail/" + listing, Field: "detail", Selector: "#detail > p:nth-of-type(2) > a",
			Snippet: "详情请访问 " + target, Mark: [2]int{len("详情请访问 "), len("详情请访问 " + target)},
		}},
		Count: 1, Evidence: []string{"aa11", "bb22"},
	}
}

func view(f record.Finding, change record.Change) record.View {
	v := record.View{
		Record: record.Record{
			Fingerprint: f.Fingerprint(), Finding: f, ContentHash: f.ContentHash(), Status: record.Open,
			FirstSeen: at(1, 2), LastSeen: at(5, 2), FirstSweep: 3, LastSweep: 7,
		},
		Change: change, ProviderName: "云上软件有限公司", ListingTitle: "进销存管理系统",
	}
	switch change {
	case record.ChangeNew:
		v.FirstSeen, v.FirstSweep = v.LastSeen, v.LastSweep
	case record.ChangeReopened:
		v.ReopenedSweep = 7
	case record.ChangeResolved:
		v.Status, v.ResolvedWhy, v.ResolvedAt, v.ResolvedSweep = record.Resolved, record.ResolvedMended, at(5, 2), 7
		v.LastSeen, v.LastSweep = at(4, 2), 6
	case record.ChangeUnseen:
		v.LastSeen, v.LastSweep = at(4, 2), 6
	case record.ChangePersisting:
	}
	return v
}

// decide puts a decision of the day before on a view, about what it says.
func decide(v record.View, kind record.DecisionKind, change func(*record.Decision)) record.View {
	v.Decision = &record.Decision{
		ID: 1, Fingerprint: v.Fingerprint, Kind: kind, Who: "李审核", Why: "已核对页面", At: at(4, 10),
		Outcome: v.Finding.Outcome, ContentHash: v.ContentHash, Sweep: 6,
	}
	if kind == record.Waive {
		v.Decision.Until, v.Decision.Owner = time.Date(2026, 3, 10, 0, 0, 0, 0, market.Shanghai), "王经理"
	}
	if change != nil {
		change(v.Decision)
	}
	return v
}

// sample is a report with everything in it once.
func sample() record.Report {
	suspected := finding("P2", "L20", "https://cdn.example/a.png")
	suspected.Outcome = record.Suspected
	several := finding("P1", "L11", "https://shop.example/buy")
	several.Count = 3
	several.Occurrences = append(several.Occurrences, record.Occurrence{
		URL: several.First().URL, Field: "summary", Snippet: "购买：shop.example", Mark: [2]int{9, 21},
	})
	account := record.Finding{
		Rule: "deployment-ratio", Version: 1, Outcome: record.Violation, Discriminator: "2025",
		Subject:  record.Subject{Kind: record.SubjectProvider, ID: "P2", ProviderID: "P2"},
		Part:     record.PartFeed("orders"),
		Expected: record.Text{ZH: "不低于 80%", EN: "at least 80 %"}, Found: record.Text{ZH: "7999/10000", EN: "7999 of 10000"},
	}
	notChecked := func(rule, provider, listing, code string, why record.Text) record.Result {
		s := record.Subject{Kind: record.SubjectListing, ID: listing, ProviderID: provider, ListingID: listing}
		return record.Result{Rule: rule, Subject: s, Outcome: record.NotChecked, Reason: record.Reason{Code: code, Text: why}}
	}
	return record.Report{
		Run: record.Run{
			ID: 7, AsOf: at(5, 2), Started: at(5, 2), Closed: at(5, 2).Add(192 * time.Second), State: "closed", Scope: "all",
			Market: "demo", Bundle: "b0b0", Engine: "1",
			Coverage: []record.RuleCoverage{
				{
					Rule:       "external-link",
					Outcomes:   map[record.Outcome]int{record.Pass: 95, record.Violation: 3, record.Suspected: 1, record.NotChecked: 2},
					NotChecked: map[string]int{record.ReasonUnreachable: 1, record.ReasonRobots: 1},
				},
				{
					Rule:       "zero-orders",
					Outcomes:   map[record.Outcome]int{record.Pass: 40, record.NotApplicable: 6, record.NotChecked: 1},
					NotChecked: map[string]int{record.ReasonFeedCoverage: 1},
				},
				{Rule: "deployment-ratio", Outcomes: map[record.Outcome]int{record.Pass: 1, record.Violation: 1}},
			},
			Units: record.UnitCounts{Planned: 104, Done: 102, NotChecked: 2},
		},
		Records: []record.View{
			view(finding("P1", "L10", "https://new.example/"), record.ChangeNew),
			decide(view(several, record.ChangePersisting), record.Confirm, nil),
			decide(view(finding("P1", "L12", "https://again.example/"), record.ChangeReopened), record.Confirm, nil),
			decide(view(finding("P1", "L13", "https://gone.example/"), record.ChangeResolved), record.Waive, nil),
			decide(view(finding("P1", "L14", "https://unseen.example/"), record.ChangeUnseen), record.Waive, nil),
			view(suspected, record.ChangeNew),
			decide(view(account, record.ChangePersisting), record.Dismiss, func(d *record.Decision) { d.ContentHash = "other" }),
			decide(view(finding("P1", "L15", "https://late.example/"), record.ChangePersisting), record.Waive, func(d *record.Decision) {
				d.Until = d.Until.AddDate(0, 0, -6)
			}),
		},
		NotChecked: []record.Result{
			notChecked("external-link", "P1", "L14", record.ReasonUnreachable, record.Text{ZH: "连接超时", EN: "the connection timed out"}),
			notChecked("external-link", "P3", "L30", record.ReasonRobots, record.Text{ZH: "robots.txt 禁止", EN: "robots.txt forbids /detail"}),
			notChecked("zero-orders", "P3", "L31", record.ReasonFeedCoverage, record.Text{ZH: "订单数据止于 2 月", EN: "orders end in February"}),
		},
		Deployment: []record.DeploymentRow{
			{
				ProviderID: "P1", ProviderName: "云上软件有限公司", Year: 2025, Sold: 10, Cloud: 8, Other: 2,
				Deployable: 10, DeployableCloud: 8, Outcome: record.Pass,
			},
			{
				ProviderID: "P2", ProviderName: "Example Ltd", Year: 2025, Sold: 10_000, Cloud: 7_999, Other: 2_001,
				Deployable: 9_000, DeployableCloud: 7_000, Outcome: record.Violation, Reason: record.Text{ZH: "低于 80%", EN: "below 80 %"},
			},
			{
				ProviderID: "P3", ProviderName: "三号", Year: 2025, Sold: 100, Cloud: 70, Other: 10, Unknown: 20,
				Deployable: 100, DeployableCloud: 70, DeployableUnknown: 20, Outcome: record.Suspected,
				Reason: record.Text{ZH: "部署不明的较多", EN: "too much is unknown"},
			},
			{ProviderID: "P4", ProviderName: "四号", Year: 2025, Outcome: record.NotApplicable},
		},
		Orderless: []record.OrderlessRow{
			{
				ListingID: "L10", Title: "进销存管理系统", ProviderID: "P1", ProviderName: "云上软件有限公司",
				ListedAt: at(1, 0).AddDate(-1, 0, 0), LastOrder: at(1, 9).AddDate(0, -2, 0), Months: 2,
				DelistOn: at(1, 0).AddDate(0, 1, 0), Outcome: record.Suspected,
			},
			{
				ListingID: "L11", Title: "Backup", ProviderID: "P1", ProviderName: "云上软件有限公司",
				ListedAt: at(1, 0).AddDate(-1, 0, 0), Months: 12, DelistOn: at(1, 0).AddDate(0, -9, 0), Outcome: record.Violation,
			},
			{ListingID: "L12", Title: "快照", ProviderID: "P1", LastOrder: at(4, 0), Outcome: record.Pass},
			{ListingID: "L20", Title: "新品", ProviderID: "P2", ListedAt: at(2, 0), Outcome: record.NotApplicable},
			{ListingID: "L31", Title: "未覆盖", ProviderID: "P3", Outcome: record.NotChecked},
		},
	}
}

// renderers are all ways to write a report.
func renderers() map[string]func(io.Writer, record.Report) error {
	out := map[string]func(io.Writer, record.Report) error{}
	for _, lang := range []string{"zh", "en"} {
		o := Options{Lang: lang, Rules: testCatalogue(), Today: Today{WarnDays: 14}}
		for _, format := range Formats() {
			for _, f := range files(format) {
				out[lang+"-"+f.name] = func(w io.Writer, r record.Report) error { return f.write(w, r, o) }
			}
		}
		out[lang+"-terminal.txt"] = func(w io.Writer, r record.Report) error {
			return Terminal(w, r, TerminalOptions{Lang: lang, Rules: testCatalogue(), Today: Today{WarnDays: 14}})
		}
	}
	return out
}

func render(t *testing.T, write func(io.Writer, record.Report) error, r record.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, write := range renderers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, name, render(t, write, sample()))
		})
	}
}

func TestOrderOfInputDoesNotMatter(t *testing.T) {
	t.Parallel()
	for name, write := range renderers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := render(t, write, sample())
			for seed := range uint64(20) {
				r := sample()
				rng := rand.New(rand.NewPCG(seed, 1))
				shuffle(rng, r.Records)
				shuffle(rng, r.NotChecked)
				shuffle(rng, r.Deployment)
				shuffle(rng, r.Orderless)
				shuffle(rng, r.Run.Coverage)
				if diff := cmp.Diff(string(want), string(render(t, write, r))); diff != "" {
					t.Fatalf("seed %d (-want +got)\n%s", seed, diff)
				}
			}
		})
	}
}

func shuffle[T any](rng *rand.Rand, list []T) {
	rng.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
}

func TestInputIsNotChanged(t *testing.T) {
	t.Parallel()
	for name, write := range renderers() {
		r := sample()
		shuffle(rand.New(rand.NewPCG(4, 2)), r.Records)
		want := append([]record.View{}, r.Records...)
		render(t, write, r)
		if diff := cmp.Diff(want, r.Records); diff != "" {
			t.Errorf("%s changed its input (-want +got)\n%s", name, diff)
		}
	}
}

// TestEmpty: a report with nothing in it is written by every renderer.
func TestEmpty(t *testing.T) {
	t.Parallel()
	for name, write := range renderers() {
		if got := render(t, write, record.Report{}); len(got) == 0 {
			t.Errorf("%s wrote nothing", name)
		}
	}
}
