package pipeline

import (
	"context"
	"log/slog"
	"time"

	"marketwarden/internal/store"
	"marketwarden/internal/weburl"
)

// ended counts and logs a job whose end is written: nothing is told that a crash could
// take back.
func (w *Worker) ended(id jobID, end *ending, refused bool) {
	kind := id.again.Kind()
	w.e.Metrics.job(kind, endOf(end, refused))
	if end.broken != nil || end.again {
		w.e.Log.Debug("job ended without work", "job", id.id, "kind", kind, "sweep", id.args.Sweep, "batch", id.args.Batch, "wait", end.wait)
		return
	}
	w.e.judged(end.judged)
	for i := range end.failed {
		f := &end.failed[i]
		w.e.Log.Debug("unit put off", append(unitAttrs(&f.unit), "reason", f.reason, "wait", f.wait)...)
	}
	if end.after != nil {
		end.after()
	}
	if len(end.judged)+len(end.failed)+len(end.left) == 0 {
		return
	}
	notChecked := 0
	for i := range end.judged {
		if end.judged[i].Failed != "" {
			notChecked++
		}
	}
	attrs := []any{
		"sweep", id.args.Sweep, "batch", id.args.Batch, "job", id.id, "kind", end.kind,
		"judged", len(end.judged) - notChecked, "not_checked", notChecked, "failed", len(end.failed), "left", len(end.left),
		"took", w.e.Now().Sub(id.began),
	}
	if host := end.host(); host != "" {
		attrs = append(attrs, "host", host)
	}
	w.e.Log.Info("batch ended", attrs...)
}

// endOf is how a job ended, for the counters.
func endOf(end *ending, refused bool) string {
	switch {
	case refused:
		return endRefused
	case end.broken != nil:
		return endBroken
	case end.again:
		return endAgain
	case len(end.left) > 0:
		return endHandedBack
	}
	return endDone
}

// host is that of a batch of site units, which have one; "" for others.
func (end *ending) host() string {
	switch {
	case len(end.judged) > 0:
		return end.judged[0].Unit.Host
	case len(end.failed) > 0:
		return end.failed[0].unit.Host
	case len(end.left) > 0:
		return end.left[0].Host
	}
	return ""
}

// judged counts units that have ended, and logs those that could not be checked: they are
// the holes of a night.
func (e *Engine) judged(units []store.Judged) {
	for i := range units {
		j := &units[i]
		e.Metrics.unit(j)
		if j.Failed != "" {
			e.Log.Info("unit not checked", append(unitAttrs(&j.Unit), "reason", j.Failed)...)
		}
	}
}

// visited logs a visit of a unit as far as it went; what comes of it is told by ended.
func (e *Engine) visited(ctx context.Context, u *store.Unit, end *unitEnd, took time.Duration) {
	if !e.Log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := append(unitAttrs(u), "took", took)
	switch {
	case end.left:
		attrs = append(attrs, "end", "left")
	case end.failed != nil:
		attrs = append(attrs, "end", "failed", "reason", end.failed.reason)
	case end.judged.Failed != "":
		attrs = append(attrs, "end", "not_checked", "reason", end.judged.Failed)
	default:
		attrs = append(attrs, "end", "judged")
	}
	e.Log.Debug("unit visited", attrs...)
}

// unitAttrs name a unit in the log. The key of a site unit is an address, of which the
// parts that may be secret are left out.
func unitAttrs(u *store.Unit) []any {
	attrs := []any{"sweep", u.Sweep, "unit", weburl.Elide(u.Key), "kind", u.Kind}
	if u.Host != "" {
		attrs = append(attrs, "host", u.Host)
	}
	return attrs
}

// queueLog is the log for River, whose own news would drown ours: of what it says below
// a warning nothing is kept.
func queueLog(log *slog.Logger) *slog.Logger {
	return slog.New(atLeast{log.Handler(), slog.LevelWarn}).With("from", "river")
}

// atLeast is a handler that keeps nothing below a level.
type atLeast struct {
	slog.Handler
	level slog.Level
}

// Enabled implements slog.Handler.
func (h atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (h atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeast{h.Handler.WithAttrs(attrs), h.level}
}

// WithGroup implements slog.Handler.
func (h atLeast) WithGroup(name string) slog.Handler {
	return atLeast{h.Handler.WithGroup(name), h.level}
}
