package reports

import (
	"cmp"
	"slices"

	"marketwarden/internal/cases"
	"marketwarden/internal/record"
	"marketwarden/reports/html"
)

// counts are the figures that the pages show: open is what is left to do.
func (h *htmlBuilder) counts() html.Counts {
	c := count(h.r.Records, h.today)
	out := html.Counts{
		New: c.New, Persisting: c.Persisting, Reopened: c.Reopened, NotJudged: c.NotJudged, Resolved: c.Resolved,
		Undecided: c.Undecided, Confirmed: c.Confirmed, Waived: c.Waived, Dismissed: c.Dismissed, Decided: c.decided(),
	}
	out.Open, out.Violations, out.Suspected = c.work()
	return out
}

// standing is where a record stands with the people who decide, and by what decision.
func (h *htmlBuilder) standing(v *record.View) html.Standing {
	s := h.today.stand(v)
	out := html.Standing{
		Word: html.Word{Code: string(s.State), Text: h.in(h.t.state(s.State))},
		Back: h.in(h.t.back(s.Back)), Quiet: quiet(s.State),
	}
	if s.Changed && s.Back == cases.BackNone {
		out.Back = h.in(h.t.changedSince)
	}
	if d := v.Decision; d != nil {
		out.Decision = &html.Decision{
			Kind: h.in(h.t.decision(d.Kind)), Who: seen(d.Who), Why: seen(d.Why), At: string(moment(d.At)),
			Until: lastDay(d), Owner: seen(d.Owner),
		}
	}
	return out
}

// waivers fills in the waivers that a person has to look at, those that are over first.
func (h *htmlBuilder) waivers(out *html.Report) {
	for _, v := range byPlace(h.r.Records) {
		state := h.today.watch(v)
		if state == cases.NoWaiver || state == cases.WaiverStanding {
			continue
		}
		f := h.finding(v)
		out.Waivers = append(out.Waivers, html.Waiver{
			State:    html.Word{Code: string(state), Text: h.in(h.t.waiver(state))},
			Finding:  &f,
			DaysLeft: cases.DaysLeft(v.Decision.Until, h.today.Now),
		})
	}
	slices.SortStableFunc(out.Waivers, func(a, b html.Waiver) int {
		return cmp.Or(
			cmp.Compare(cases.WaiverState(a.State.Code).Rank(), cases.WaiverState(b.State.Code).Rank()),
			cmp.Compare(a.DaysLeft, b.DaysLeft),
		)
	})
}
