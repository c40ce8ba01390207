package reports

import (
	"reflect"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/record"
)

// TestTextsAreComplete: each text exists in both languages and takes the same arguments
// in both.
func TestTextsAreComplete(t *testing.T) {
	t.Parallel()
	verb := regexp.MustCompile(`%[ds]`)
	v := reflect.ValueOf(words()).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		zh, en := v.Field(i).Field(0).String(), v.Field(i).Field(1).String()
		if zh == "" || en == "" {
			t.Errorf("%s: zh %q, en %q", name, zh, en)
		}
		if diff := cmp.Diff(verb.FindAllString(zh, -1), verb.FindAllString(en, -1)); diff != "" {
			t.Errorf("%s takes different arguments (-zh +en)\n%s", name, diff)
		}
	}
}

func TestCodesHaveWords(t *testing.T) {
	t.Parallel()
	w := words()
	known := map[string]record.Text{}
	for _, o := range []record.Outcome{record.Pass, record.Violation, record.Suspected, record.NotApplicable, record.NotChecked} {
		known[string(o)] = w.outcome(o)
	}
	for _, c := range []record.Change{
		record.ChangeNew, record.ChangePersisting, record.ChangeReopened, record.ChangeResolved, record.ChangeUnseen,
	} {
		known[string(c)] = w.change(c)
	}
	for _, c := range []string{record.ResolvedMended, record.ResolvedPartGone, record.ResolvedSubjectGone} {
		known[c] = w.resolved(c)
	}
	for _, c := range []string{"low", "medium", "high", "critical"} {
		known[c] = w.severity(c)
	}
	for _, s := range []record.Status{record.Open, record.Resolved} {
		known["status "+string(s)] = w.status(s)
	}
	for _, k := range []record.SubjectKind{record.SubjectListing, record.SubjectProvider} {
		known["subject "+string(k)] = w.subject(k)
	}
	for _, c := range []string{
		record.ReasonUnreachable, record.ReasonErrorStatus, record.ReasonRobots, record.ReasonBotWall, record.ReasonSoft404,
		record.ReasonLayout, record.ReasonShell, record.ReasonRefused, record.ReasonNotHTML, record.ReasonFeedMissing,
		record.ReasonFeedCoverage, record.ReasonOffline, record.ReasonNotDeclared, record.ReasonNotOnSale, record.ReasonTooYoung,
		record.ReasonNothingSold, record.ReasonBroken, record.ReasonJobFailed, record.ReasonNoInput,
		record.ReasonSeenOnce, record.ReasonExplained, record.ReasonBudget, record.ReasonNoAddress,
	} {
		known["reason "+c] = w.reason(c)
	}
	for code, text := range known {
		if text.ZH == "" || text.EN == "" || text.ZH == text.EN {
			t.Errorf("%s has no words: zh %q, en %q", code, text.ZH, text.EN)
		}
	}
	if got := w.reason("made_up"); got != record.Same("made_up") {
		t.Errorf("unknown reason = %v, want the code itself", got)
	}
}
