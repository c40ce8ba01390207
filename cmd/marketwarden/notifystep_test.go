package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
	"marketwarden/pipeline"
	"marketwarden/reports/notices"
)

// TestNotifyOptions: a night waits for notices that were put off as long as configured, and
// not only as long as the first wait, in which none is tried again.
func TestNotifyOptions(t *testing.T) {
	t.Parallel()
	got := notifyOptions(&config.Notices{Send: true, RetryWait: time.Minute, Patience: time.Hour}, 7)
	want := pipeline.NotifyOptions{Sweep: 7, Send: true, Patience: time.Hour}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestNotifyEnd: what keeps providers from being told makes every night partial until a
// person has dealt with it, not only the night in which it happened.
func TestNotifyEnd(t *testing.T) {
	t.Parallel()
	const (
		failed    = "records not told: 2, their notices failed (marketwarden notices list --state failed)"
		unknown   = "records of which nobody knows whether they were told: 3 (marketwarden notices list --state unknown)"
		noContact = "records not told: 4, no usable e-mail of their providers is on file"
	)
	stuck := map[pipeline.Why]int{pipeline.WhyFailed: 2, pipeline.WhyUnknown: 3, pipeline.WhyNoContact: 4, pipeline.WhyUndecided: 5, pipeline.WhyTold: 6}
	for name, tt := range map[string]struct {
		res  pipeline.NotifyResult
		sent bool
		want pipeline.StepEnd
	}{
		"well": {
			pipeline.NotifyResult{Counts: notices.Counts{Sent: 1}, Why: map[pipeline.Why]int{pipeline.WhyUndecided: 5, pipeline.WhyTold: 6}},
			true,
			pipeline.StepEnd{Done: []string{"1 notices sent"}},
		},
		"stuck before": {
			pipeline.NotifyResult{Why: stuck},
			true,
			pipeline.StepEnd{Done: []string{"0 notices sent"}, Problems: []string{failed, unknown, noContact}},
		},
		"stuck, and nothing is sent": {
			pipeline.NotifyResult{Why: stuck},
			false,
			pipeline.StepEnd{
				Done:     []string{"0 notices would be sent (notices.send is off)"},
				Problems: []string{failed, unknown, noContact},
			},
		},
		"not delivered now": {
			pipeline.NotifyResult{Counts: notices.Counts{Failed: 1, PutOff: 2, Unknown: 3, Changed: 1, Left: 4}},
			true,
			pipeline.StepEnd{
				Done:     []string{"0 notices sent"},
				Problems: []string{"notices not delivered: 1 failed, 2 put off, 3 unknown, 1 changed meanwhile, 4 not tried (marketwarden notices list)"},
			},
		},
	} {
		if diff := cmp.Diff(tt.want, notifyEnd(&tt.res, tt.sent)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}
