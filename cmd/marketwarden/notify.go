package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"marketwarden/internal/market"
	"marketwarden/internal/record"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
	"marketwarden/reports/notices"
)

type notifyCmd struct {
	Send     bool    `help:"Look again at what was confirmed, and send. Without it notices are only made out as previews."`
	Explain  *string `help:"Say for every record of this provider whether it is told, and if not, why." placeholder:"PROVIDER"`
	Provider *string `help:"Only this provider." placeholder:"ID"`
	Sweep    int64   `help:"The sweep that digests are made after. Default: the last closed one." placeholder:"ID"`
	Out      string  `help:"Folder for the previews. Default: notices/preview-SWEEP in the data folder." type:"path" placeholder:"DIR"`
}

func (c *notifyCmd) Run(a *app) error {
	switch {
	case c.Sweep < 0:
		return usageError("--sweep must be the number of a sweep, not %d", c.Sweep)
	case c.Explain != nil && strings.TrimSpace(*c.Explain) == "":
		return usageError("--explain: which provider? give its ID")
	case c.Provider != nil && strings.TrimSpace(*c.Provider) == "":
		return usageError("--provider: which provider? give its ID, or leave the flag out for all")
	case c.Explain != nil && (c.Send || c.Provider != nil || c.Out != ""):
		return usageError("--explain sends nothing and writes nothing: it goes with --sweep alone")
	case c.Send && c.Out != "":
		return usageError("--out is for previews: it does not go with --send")
	}
	if c.Send { // before anything is queued or looked at again
		if err := a.checkChannel(); err != nil {
			return err
		}
	}
	s, err := a.openStore()
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	e, free, err := a.engine(s)
	if err != nil {
		return err
	}
	defer free()
	if c.Explain != nil {
		x, err := e.Explain(a.ctx, c.Sweep, *c.Explain)
		if err != nil {
			return c.mistaken(err)
		}
		return a.explain(&x)
	}
	res, err := c.notify(a, e)
	if errors.Is(err, pipeline.ErrInterrupted) || err != nil && a.ctx.Err() != nil {
		return &exitError{exitPartial, fmt.Errorf("interrupted: what was queued is looked at again and sent by the next notify --send: %w", err)}
	}
	if errors.Is(err, notices.ErrBusy) {
		return &exitError{exitPartial, fmt.Errorf("what was queued is sent by that process or by the next notify --send: %w", err)}
	}
	if err != nil {
		return c.mistaken(err)
	}
	if err := a.notified(&res, c.Send); err != nil {
		return err
	}
	switch {
	case res.Undelivered():
		return &exitError{exitPartial, nil}
	case res.Nothing():
		return &exitError{exitNothing, nil}
	}
	return nil
}

// notify runs Notify; what is to be sent is looked at again by a worker of this process.
func (c *notifyCmd) notify(a *app, e *pipeline.Engine) (res pipeline.NotifyResult, err error) {
	o := pipeline.NotifyOptions{Sweep: c.Sweep, Send: c.Send, Out: c.Out}
	if c.Provider != nil {
		o.Provider = *c.Provider
	}
	if !c.Send {
		return e.Notify(a.ctx, o)
	}
	var show *progress
	o.Show = func(sweep int64, p store.Progress) {
		if show == nil {
			show = newProgress(a.stderr, a.now, sweep)
		}
		show.update(p)
	}
	w, err := e.Start(a.ctx)
	if err != nil {
		return res, err
	}
	defer func() {
		if show != nil {
			show.finish()
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(a.ctx), a.cfg.Serve.Drain)
		defer cancel()
		err = errors.Join(err, w.Stop(ctx))
	}()
	return e.Notify(a.ctx, o)
}

// mistaken makes wrong sweeps and providers the user's errors.
func (c *notifyCmd) mistaken(err error) error {
	switch {
	case errors.Is(err, store.ErrNoSweep) && c.Sweep == 0:
		return &exitError{exitNothing, errors.New("there is nothing to tell: no sweep is closed yet")}
	case errors.Is(err, store.ErrNoSweep):
		return usageError("sweep %d: %w", c.Sweep, err)
	case errors.Is(err, pipeline.ErrNotClosed), errors.Is(err, store.ErrNoProvider):
		return &exitError{exitUsage, err}
	}
	return err
}

// notified says what Notify did.
func (a *app) notified(res *pipeline.NotifyResult, sent bool) error {
	t := notifyTexts()
	out := a.stdout
	switch {
	case !sent:
		a.sayln(out, t.dry, res.Sweep, len(res.Providers))
	case res.Again != 0:
		line := fmt.Sprintf(t.sent.In(a.cfg.Lang), res.Sweep, res.Counts.Sent, res.Again)
		if n := waiting(&res.Counts); n > 0 {
			line += fmt.Sprintf(t.wait.In(a.cfg.Lang), n)
			if !res.Next.IsZero() {
				line += fmt.Sprintf(t.from.In(a.cfg.Lang), shanghai(res.Next))
			}
		}
		fmt.Fprintln(out, line+t.stop.In(a.cfg.Lang))
	default:
		a.sayln(out, t.sentNone, res.Sweep)
	}
	if len(res.Providers) > 0 {
		fmt.Fprintln(out)
		w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
		if sent {
			fmt.Fprintln(w, "REFERENCE\tPROVIDER\tSTATE\tITEMS\tLEFT OUT\tNAME\tREASON")
		} else {
			fmt.Fprintln(w, "PROVIDER\tITEMS\tTO\tNAME\tPREVIEW")
		}
		for i := range res.Providers {
			p := &res.Providers[i]
			if n := p.Notice; n != nil {
				fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", n.Reference, printable(p.Provider.ID), n.State, p.Items, leftOut(p.Dropped),
					printable(p.Provider.Name), a.reason(n))
				continue
			}
			to := printable(p.Provider.ContactEmail)
			if to == "" {
				to = "-"
			}
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", printable(p.Provider.ID), p.Items, to, printable(p.Provider.Name), strings.Join(p.Files, " "))
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("tell what became of notices: %w", err)
		}
	}
	if c := res.Counts; c.Undelivered() {
		fmt.Fprintln(out)
		a.sayln(out, t.undelivered, waiting(&c), c.Failed, c.Unknown)
	}
	var why []string
	for _, w := range res.Reasons() {
		if w != pipeline.WhyDue && w != pipeline.WhyTold {
			why = append(why, fmt.Sprintf("%6d  %s", res.Why[w], w.Text().In(a.cfg.Lang)))
		}
	}
	if len(why) > 0 {
		fmt.Fprintln(out)
		a.sayln(out, t.others)
		fmt.Fprintln(out, strings.Join(why, "\n"))
	}
	return nil
}

// waiting counts the notices that a later notify --send is for.
func waiting(c *notices.Counts) int { return c.PutOff + c.Left + c.Changed }

// sayln writes a text of a format in the reader's language.
func (a *app) sayln(w io.Writer, t record.Text, args ...any) {
	fmt.Fprintf(w, t.In(a.cfg.Lang)+"\n", args...)
}

// leftOut counts what was left out of a notice, by reason code.
func leftOut(dropped map[string]int) string {
	if len(dropped) == 0 {
		return "-"
	}
	var out []string
	for code, n := range dropped {
		out = append(out, fmt.Sprintf("%d %s", n, code))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// reason says why a notice is where it is, with what a person has to do.
func (a *app) reason(n *store.Notice) string {
	var out []string
	if n.State == store.NoticeDropped { // codes
		for code := range strings.SplitSeq(n.Reason, ", ") {
			out = append(out, pipeline.Why(code).Text().In(a.cfg.Lang))
		}
	} else if n.Reason != "" { // words of the other side
		out = append(out, oneLine(n.Reason))
	}
	t := notifyTexts()
	if n.State == store.NoticeQueued && n.NextTry != nil && n.NextTry.After(a.now()) { // no run before then sends it
		out = append(out, fmt.Sprintf(t.later.In(a.cfg.Lang), shanghai(*n.NextTry)))
	} else if todo, ok := t.todo[n.State]; ok {
		out = append(out, strings.ReplaceAll(todo.In(a.cfg.Lang), "REF", n.Reference))
	}
	return strings.Join(out, "; ")
}

// explain says for each record whether its provider is told of it.
func (a *app) explain(x *pipeline.Explanation) error {
	t := notifyTexts()
	a.sayln(a.stdout, t.explain, printable(x.Provider.ID), printable(x.Provider.Name), x.Sweep, len(x.Records), len(x.Notices))
	if len(x.Records) > 0 {
		fmt.Fprintln(a.stdout)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	for i := range x.Records {
		r := &x.Records[i]
		f := &r.View.Finding
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", shortPrint(r.View.Fingerprint), f.Rule, printable(f.Subject.ID), a.whyLine(r), brief(printable(f.Found.In(a.cfg.Lang))))
	}
	if len(x.Notices) > 0 {
		fmt.Fprintln(w)
	}
	for i := range x.Notices {
		n := &x.Notices[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", n.Reference, n.State, shanghai(n.Queued), a.reason(n))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("explain what %s is told: %w", x.Provider.ID, err)
	}
	return nil
}

// whyLine says why a record is or is not told, with the day or the notice that it is about.
func (a *app) whyLine(r *pipeline.ExplainedRecord) string {
	text := r.Why.Text().In(a.cfg.Lang)
	detail := ""
	switch n := r.Notice; {
	case r.Why == pipeline.WhyResolved:
		detail = pipeline.Why(r.View.ResolvedWhy).Text().In(a.cfg.Lang)
	case r.Why == pipeline.WhyWaived:
		detail = "→ " + r.View.Decision.Until.In(market.Shanghai).Format(time.DateOnly)
	case n != nil && slices.Contains([]pipeline.Why{pipeline.WhyTold, pipeline.WhyQueued, pipeline.WhyFailed, pipeline.WhyUnknown, pipeline.WhyHeld}, r.Why):
		detail = n.Reference
	}
	if detail == "" {
		return text
	}
	return text + " (" + detail + ")"
}

// shortPrint is the beginning of a fingerprint by which a record is named.
func shortPrint(fingerprint string) string { return fingerprint[:min(len(fingerprint), 12)] }

// maxBrief is how many characters of what was found a line shows.
const maxBrief = 60

// brief is the beginning of a text, for a line.
func brief(s string) string {
	if utf8.RuneCountInString(s) <= maxBrief {
		return s
	}
	return string([]rune(s)[:maxBrief]) + "…"
}

// notifyWords are what the commands of notices say.
type notifyWords struct {
	dry, sentNone, undelivered, others, explain record.Text

	sent, wait, from, stop record.Text            // one sentence, of its parts
	todo                   map[string]record.Text // by state of a notice; REF is its reference
	later                  record.Text            // to do about a queued one that is not due yet
}

func notifyTexts() notifyWords {
	return notifyWords{
		dry: record.Text{
			ZH: "第 %d 次巡检：将通知 %d 家服务商。以下为预览，未发送，页面未重新检查；加 --send 将先复查再发送。",
			EN: "sweep %d: notices for %d providers. These are previews: nothing was sent and no page was looked at again; --send does both.",
		},
		sent:     record.Text{ZH: "第 %d 次巡检：已发送 %d 份通知，发送前由第 %d 次巡检复查", EN: "sweep %d: %d notices sent, after sweep %d had looked again"},
		wait:     record.Text{ZH: "；%d 份等待再次运行 notify --send", EN: "; %d wait for another notify --send"},
		from:     record.Text{ZH: "，最早 %s（北京时间）重试", EN: ", to be tried again from %s (Shanghai) on"},
		stop:     record.Text{ZH: "。", EN: "."},
		sentNone: record.Text{ZH: "第 %d 次巡检：没有需要发送的通知。", EN: "sweep %d: no notices to send."},
		undelivered: record.Text{
			ZH: "未送达：%d 份待重试，%d 份失败，%d 份送达情况不明。",
			EN: "not delivered: %d put off, %d failed, %d unknown.",
		},
		others: record.Text{ZH: "其他未消除的记录：", EN: "Other open records:"},
		explain: record.Text{
			ZH: "服务商 %s（%s），第 %d 次巡检：%d 条记录，%d 份通知",
			EN: "provider %s (%s), sweep %d: records: %d, notices: %d",
		},
		later: record.Text{ZH: "%s（北京时间）起由 notify --send 复查并发送", EN: "a notify --send from %s (Shanghai) on looks again and sends it"},
		todo: map[string]record.Text{
			store.NoticeQueued:  {ZH: "由下一次 notify --send 复查并发送", EN: "the next notify --send looks again and sends it"},
			store.NoticeSending: {ZH: "正在发送；如进程已中断，由下一次 notify --send 处理", EN: "is being sent; where that process died, the next notify --send ends it"},
			store.NoticeFailed:  {ZH: "排除原因后：notices retry REF", EN: "mend the cause, then: notices retry REF"},
			store.NoticeUnknown: {ZH: "核实后：notices settle REF --sent 或 --not-sent", EN: "find out, then: notices settle REF --sent or --not-sent"},
		},
	}
}

// checkChannel finds out what is wrong with the channel of notices before anything rests
// on it. It connects to nobody.
func (a *app) checkChannel() error {
	if err := (&notices.Outbox{Config: a.cfg.Notices, DataDir: a.cfg.DataDir}).Check(); err != nil {
		return usageError("channel of notices: %w", err)
	}
	return nil
}
