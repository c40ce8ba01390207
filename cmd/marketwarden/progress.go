package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"marketwarden/internal/store"
)

// plainEvery is how often progress is said where there is no terminal.
const plainEvery = 10 * time.Second

// progress shows how a sweep goes: a bar on a terminal, plain lines elsewhere.
type progress struct {
	w       io.Writer
	now     func() time.Time
	sweep   int64
	bar     *progressbar.ProgressBar // nil where there is no terminal
	started time.Time
	first   int // units that were done before we began
	said    time.Time
	last    store.Progress
}

func newProgress(w io.Writer, now func() time.Time, sweep int64) *progress {
	p := &progress{w: w, now: now, sweep: sweep, started: now(), first: -1}
	p.said = p.started
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions(-1, progressbar.OptionSetWriter(w), progressbar.OptionShowCount(),
			progressbar.OptionShowIts(), progressbar.OptionSetItsString("units"), progressbar.OptionSetPredictTime(true),
			progressbar.OptionSetDescription(fmt.Sprintf("sweep %d", sweep)), progressbar.OptionClearOnFinish())
	}
	return p
}

// update takes how far the sweep is.
func (p *progress) update(s store.Progress) {
	ended := s.Done + s.NotChecked
	if p.first < 0 {
		p.first = ended
	}
	p.last = s
	if p.bar != nil {
		p.bar.ChangeMax(s.Planned())
		_ = p.bar.Set(ended) // only a closed terminal can refuse
		return
	}
	if now := p.now(); now.Sub(p.said) >= plainEvery {
		p.said = now
		p.say()
	}
}

// say writes one plain line: done, rate and time left.
func (p *progress) say() {
	ended := p.last.Done + p.last.NotChecked
	took := p.now().Sub(p.started)
	line := fmt.Sprintf("sweep %d: %d of %d units, %d not checked", p.sweep, ended, p.last.Planned(), p.last.NotChecked)
	if n := ended - p.first; n > 0 && took > 0 {
		rate := float64(n) / took.Seconds()
		left := time.Duration(float64(p.last.Open) / rate * float64(time.Second))
		line += fmt.Sprintf(", %.1f/s, %s left", rate, left.Round(time.Second))
	}
	fmt.Fprintln(p.w, line)
}

// finish ends the display with one last line.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
	p.say()
}
