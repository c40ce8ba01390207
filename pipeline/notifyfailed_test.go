package pipeline_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

// TestFailedAndConfirmedAnew: what people confirm anew after its notice failed is told by
// the next digest, though the failed notice cannot be made anew for it any more.
func TestFailedAndConfirmedAnew(t *testing.T) {
	t.Parallel()
	const to = "bd@qihe-info-demo.com"
	box, server := serveMail(t)
	d := newDesk(t, func(c *config.Config) {
		c.Notices.Channel, c.Notices.SMTP, c.Notices.From = config.ChannelSMTP, server, "norms@market.demo.example"
	})
	only := store.Scope{Only: pipeline.OnlyListings}
	d.night(1, only)
	d.at(d.asOf.Add(7 * time.Hour))
	d.decide(record.Confirm, "external-link", "dm000005")
	box.set(to, &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"})
	res := d.notify(pipeline.NotifyOptions{Send: true})
	if got := noticeOf(t, d, "sp1002").State; got != store.NoticeFailed || res.Counts.Failed != 1 {
		t.Fatalf("sp1002: %q, want failed", got)
	}
	failed := noticeOf(t, d, "sp1002")
	box.set(to, nil)
	d.decide(record.Dismiss, "external-link", "dm000005")
	d.decide(record.Confirm, "external-link", "dm000005")
	if got := d.whys("sp1002")["dm000005"]; !slices.Contains(got, pipeline.WhyNextDigest) {
		t.Errorf("after this sweep's digest: %q, want %q", got, pipeline.WhyNextDigest)
	}
	d.night(1, only)
	d.at(d.now.Load().Add(time.Hour))
	res = d.notify(pipeline.NotifyOptions{Send: true})
	if diff := cmp.Diff(map[string]string{"sp1002": "sent "}, told(res)); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{to}, box.to()); diff != "" {
		t.Errorf("recipients (-want +got):\n%s", diff)
	}
	if got := d.whys("sp1002")["dm000005"]; !slices.Equal(got, []pipeline.Why{pipeline.WhyTold}) {
		t.Errorf("afterwards: %q, want %q", got, pipeline.WhyTold)
	}
	// The one that failed has nothing left to tell, and waits for nobody when that was asked.
	_, err := d.store.RequeueNotice(t.Context(), failed.Reference, "李审核", "address corrected", *d.now.Load())
	if n, _ := d.store.NoticeByReference(t.Context(), failed.Reference); !errors.Is(err, store.ErrNothingToTell) || n.State != store.NoticeDropped {
		t.Errorf("made anew: %v, it is %s", err, n.State)
	}
}

// TestNotifyNeedsItsChannel: with a channel that cannot start nothing is queued and nothing
// is looked at again, and the error names the key that is missing.
func TestNotifyNeedsItsChannel(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(c *config.Config) {
		c.Notices.Channel, c.Notices.Webhook.URL = config.ChannelWebhook, "https://hook.example/"
	})
	d.night(1, store.Scope{Only: pipeline.OnlyListings})
	d.decide(record.Confirm, "external-link", "dm000005")
	_, err := d.tryNotify(t.Context(), pipeline.NotifyOptions{Send: true})
	if err == nil || !strings.Contains(err.Error(), "notices.webhook.secret_file") {
		t.Errorf("%v, want the key that is missing", err)
	}
	if n, sweeps := count(t, d, "notices"), count(t, d, "sweeps"); n != 0 || sweeps != 1 {
		t.Errorf("%d notices and %d sweeps, want none and that of the night", n, sweeps)
	}
}
