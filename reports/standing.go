package reports

import (
	"time"

	"marketwarden/internal/cases"
	"marketwarden/internal/market"
	"marketwarden/internal/record"
)

// Today is the day on which decisions are shown: what people decided stands or not by it.
type Today struct {
	Now time.Time // zero = the moment of the sweep
	// WarnDays is how many days ahead the end of a waiver is told.
	WarnDays int
}

// or is the day, with another moment where it has none.
func (t Today) or(moment time.Time) Today {
	if t.Now.IsZero() {
		t.Now = moment
	}
	return t
}

func (t Today) stand(v *record.View) cases.Standing { return cases.Stand(&v.Record, v.Decision, t.Now) }

func (t Today) watch(v *record.View) cases.WaiverState {
	return cases.Watch(&v.Record, v.Decision, t.Now, t.WarnDays)
}

// quiet reports whether a record asks for nothing: people found that it is not so, or may
// be so for now.
func quiet(s cases.State) bool { return s == cases.Dismissed || s == cases.Waived }

func (t *texts) state(s cases.State) record.Text {
	switch s {
	case cases.Undecided:
		return t.stateUndecided
	case cases.Confirmed:
		return t.stateConfirmed
	case cases.Dismissed:
		return t.stateDismissed
	case cases.Waived:
		return t.stateWaived
	}
	return record.Same(string(s))
}

func (*texts) back(b cases.Back) record.Text {
	switch b {
	case cases.BackNone:
		return record.Text{}
	case cases.BackExpired:
		return record.Text{ZH: "豁免已到期", EN: "the waiver is over"}
	case cases.BackChanged:
		return record.Text{ZH: "豁免后内容有变", EN: "it says something else than what was waived"}
	case cases.BackAgain:
		return record.Text{ZH: "确认后曾整改，又复发", EN: "it came back after it was mended"}
	case cases.BackWorse:
		return record.Text{ZH: "审核时为疑似，现已成为违规", EN: "it was a suspicion and is a violation now"}
	}
	return record.Same(string(b))
}

// backShort is back for a narrow column.
func (*texts) backShort(b cases.Back) record.Text {
	switch b {
	case cases.BackNone:
		return record.Text{}
	case cases.BackExpired:
		return record.Text{ZH: "待审核：豁免到期", EN: "back: expired"}
	case cases.BackChanged:
		return record.Text{ZH: "待审核：内容有变", EN: "back: changed"}
	case cases.BackAgain:
		return record.Text{ZH: "待审核：复发", EN: "back: reopened"}
	case cases.BackWorse:
		return record.Text{ZH: "待审核：加重", EN: "back: worse"}
	}
	return record.Same(string(b))
}

// standing is where a record stands, with why it is back or that its words changed.
func (t *texts) standing(s *cases.Standing) record.Text {
	out, more := t.state(s.State), t.back(s.Back)
	if s.Changed && s.Back == cases.BackNone {
		more = t.changedSince
	}
	if !more.IsZero() {
		out = record.Text{ZH: out.ZH + "（" + more.ZH + "）", EN: out.EN + " (" + more.EN + ")"}
	}
	return out
}

func (*texts) decision(k record.DecisionKind) record.Text {
	switch k {
	case record.Confirm:
		return record.Text{ZH: "确认", EN: "confirm"}
	case record.Dismiss:
		return record.Text{ZH: "驳回", EN: "dismiss"}
	case record.Waive:
		return record.Text{ZH: "豁免", EN: "waive"}
	}
	return record.Same(string(k))
}

func (t *texts) waiver(w cases.WaiverState) record.Text {
	switch w {
	case cases.NoWaiver:
		return record.Text{}
	case cases.WaiverExpired:
		return record.Text{ZH: "已到期", EN: "over"}
	case cases.WaiverVoid:
		return record.Text{ZH: "内容有变，已失效", EN: "void: it says something else now"}
	case cases.WaiverEnding:
		return record.Text{ZH: "即将到期", EN: "ends soon"}
	case cases.WaiverUnused:
		return record.Text{ZH: "问题已消除，不再需要", EN: "not needed: the record is resolved"}
	case cases.WaiverStanding:
		return record.Text{ZH: "有效", EN: "stands"}
	}
	return record.Same(string(w))
}

// lastDay is the last day of a waiver, empty where there is none.
func lastDay(d *record.Decision) string {
	if d == nil || d.Until.IsZero() {
		return ""
	}
	return d.Until.In(market.Shanghai).Format(time.DateOnly)
}
