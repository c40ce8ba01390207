package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"marketwarden/internal/cases"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// caseViews are records that stand in every way that there is.
func caseViews() []record.View {
	r := sample()
	views := append([]record.View{}, r.Records...)
	changed := decide(view(finding("P1", "L16", "https://other.example/"), record.ChangePersisting), record.Waive, func(d *record.Decision) {
		d.ContentHash, d.Until = "other", d.Until.AddDate(1, 0, 0)
	})
	standing := decide(view(finding("P1", "L17", "https://long.example/"), record.ChangePersisting), record.Waive, func(d *record.Decision) {
		d.Until, d.Why = d.Until.AddDate(1, 0, 0), "=迁移中\n见工单 7"
	})
	return append(views, changed, standing)
}

func caseFile() *CaseFile {
	v := caseViews()[1]
	first := *v.Decision
	first.Kind, first.Until, first.Owner, first.Source = record.Waive, at(4, 0), "王经理", cases.Source("审核.csv", "ab12")
	return &CaseFile{
		View: v, History: []record.Decision{first, *v.Decision},
		Told: []Told{
			{Reference: "MW-2026-7", State: "sent", Recipient: "a@example.com", At: at(5, 8)},
			{Reference: "MW-2026-8", State: "queued", Recipient: "a@example.com", At: at(6, 8), Dropped: "mended"},
		},
	}
}

// caseText is all that the terminal shows of cases.
func caseText(t *testing.T, views []record.View, file *CaseFile, o TerminalOptions) string {
	t.Helper()
	var b bytes.Buffer
	waived := []record.View{}
	for _, v := range views {
		if v.Decision != nil && o.Today.watch(&v) != cases.NoWaiver {
			waived = append(waived, v)
		}
	}
	if err := Cases(&b, views, len(views)+3, o); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(&b)
	if err := Waivers(&b, waived, len(waived), o); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(&b)
	if err := Case(&b, file, o); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(&b)
	decided := []Decided{
		{Fingerprint: file.Fingerprint, Kind: record.Confirm, Answer: cases.Decided},
		{Fingerprint: file.Fingerprint, Kind: record.Waive, Answer: cases.Stands},
		{Fingerprint: file.Fingerprint, Kind: record.Dismiss, Answer: cases.Read},
		{Fingerprint: file.Fingerprint, Kind: record.Dismiss, Answer: cases.Decided, Replaced: &file.History[0]},
	}
	for _, brief := range []bool{false, true} {
		if err := Decisions(&b, decided, brief, o.Lang); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestCasesGolden(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh", "en"} {
		o := TerminalOptions{Lang: lang, Width: 140, Rules: testCatalogue(), Today: Today{Now: at(5, 9), WarnDays: 14}}
		golden(t, lang+"-cases.txt", []byte(caseText(t, caseViews(), caseFile(), o)))
	}
}

func TestCasesOfNothing(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	o := TerminalOptions{Lang: "en"}
	if err := Cases(&b, nil, 0, o); err != nil {
		t.Fatal(err)
	}
	if err := Waivers(&b, nil, 0, o); err != nil {
		t.Fatal(err)
	}
	if err := Case(&b, &CaseFile{}, o); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"No record is like that.", "There are no waivers.", "nobody decided yet", "it went into none"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not said in\n%s", want, b.String())
		}
	}
}

// TestHostileTextStaysInertInCases: neither pages nor people can act on the terminal.
func TestHostileTextStaysInertInCases(t *testing.T) {
	t.Parallel()
	for name, s := range hostileTexts() {
		views := poison(s).Records
		v := views[1]
		file := &CaseFile{View: v, History: []record.Decision{*v.Decision}, Told: []Told{{s, s, s, at(5, 9), s}}}
		o := TerminalOptions{Lang: "en", Width: 80, Today: Today{Now: at(5, 9), WarnDays: 14}}
		acts(t, []byte(caseText(t, views, file, o)), "\n")
		if t.Failed() {
			t.Fatalf("of %s", name)
		}
	}
}

// TestDecisionsHaveWords: every state, answer and decision is told in both languages.
func TestDecisionsHaveWords(t *testing.T) {
	t.Parallel()
	w := words()
	known := map[string]record.Text{}
	for _, s := range []cases.State{cases.Undecided, cases.Confirmed, cases.Dismissed, cases.Waived} {
		known["state "+string(s)] = w.state(s)
	}
	for _, b := range []cases.Back{cases.BackExpired, cases.BackChanged, cases.BackAgain, cases.BackWorse} {
		known["back "+string(b)], known["short back "+string(b)] = w.back(b), w.backShort(b)
	}
	for _, s := range []cases.WaiverState{
		cases.WaiverExpired, cases.WaiverVoid, cases.WaiverEnding, cases.WaiverUnused, cases.WaiverStanding,
	} {
		known["waiver "+string(s)] = w.waiver(s)
	}
	for _, a := range []cases.Answer{cases.Decided, cases.Stands, cases.Read} {
		known["answer "+string(a)] = w.answer(a)
	}
	for _, k := range []record.DecisionKind{record.Confirm, record.Dismiss, record.Waive} {
		known["decision "+string(k)] = w.decision(k)
	}
	for code, text := range known {
		if text.ZH == "" || text.EN == "" || text.ZH == text.EN {
			t.Errorf("%s has no words: zh %q, en %q", code, text.ZH, text.EN)
		}
	}
}

// TestDecisionsFollowTheDay: the same records stand otherwise on another day.
func TestDecisionsFollowTheDay(t *testing.T) {
	t.Parallel()
	day := func(d int) Today {
		return Today{Now: time.Date(2026, 3, d, 12, 0, 0, 0, market.Shanghai), WarnDays: 2}
	}
	for _, tt := range []struct {
		today           Today
		waived, und     int
		ending, expired int
	}{
		{Today{WarnDays: 14}, 1, 4, 1, 1}, // the moment of the sweep
		{day(6), 1, 4, 0, 1},
		{day(8), 1, 4, 1, 1},
		{day(10), 1, 4, 1, 1},
		{day(11), 0, 5, 0, 2},
	} {
		r := sample()
		c := count(r.Records, tt.today.or(r.Run.AsOf))
		if c.Waived != tt.waived || c.Undecided != tt.und || c.ending != tt.ending || c.ended != tt.expired {
			t.Errorf("%v: %d waived, %d undecided, %d ending, %d over, want %+v", tt.today.Now, c.Waived, c.Undecided, c.ending, c.ended, tt)
		}
		if c.Undecided+c.Confirmed+c.Waived+c.Dismissed != c.Open {
			t.Errorf("%v: the open ones do not add up: %+v", tt.today.Now, c)
		}
	}
}
