package fetch

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"marketwarden/internal/config"
)

// Pacer spaces the starts of requests to one host, for one process. Hosts do not wait for
// each other: the lock is held only to take a slot, never while waiting for it. It is
// safe for concurrent use, needs no Close, and keeps one time per host that was asked for
// lately.
//
// Its Wait fits GetOptions.Before.
type Pacer struct {
	interval time.Duration

	mu   sync.Mutex
	next map[string]time.Time // host → first free slot
}

// NewPacer allows perSecond requests per second and host; 0 or less means no limit.
func NewPacer(perSecond float64) *Pacer {
	p := &Pacer{next: map[string]time.Time{}}
	if perSecond > 0 {
		p.interval = time.Duration(float64(time.Second) / perSecond)
	}
	return p
}

// Wait takes the next free slot of host and waits for it. It returns early, with an
// error, only when ctx ends; the slot is lost then.
func (p *Pacer) Wait(ctx context.Context, host string) error {
	return p.wait(ctx, host, p.interval)
}

// wait is Wait with an interval of the caller's, for a host that asked for a longer one.
func (p *Pacer) wait(ctx context.Context, host string, interval time.Duration) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for a slot of %s: %w", host, err)
	}
	if interval <= 0 {
		return nil
	}
	d := p.take(host, interval)
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a slot of %s: %w", host, ctx.Err())
	}
}

// take reserves the next slot of host and says how far away it is.
func (p *Pacer) take(host string, interval time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if len(p.next) >= config.MaxRobotsHosts {
		maps.DeleteFunc(p.next, func(_ string, free time.Time) bool { return free.Before(now) })
	}
	slot := p.next[host]
	if slot.Before(now) {
		slot = now
	}
	p.next[host] = slot.Add(interval)
	return slot.Sub(now)
}
