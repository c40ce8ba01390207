package pipeline

import (
	"context"
	"errors"
	"time"

	"marketwarden/internal/config"
)

// Reasons why a worker is not ready. They are shown to whoever asks and tell nothing about
// the machine or the database.
var (
	// ErrDraining says that the worker was told to stop and takes no more jobs.
	ErrDraining = errors.New("shutting down: running jobs hand back what they hold")
	// ErrLateBeat says that the worker has not said for a while that it lives.
	ErrLateBeat = errors.New("the worker's heartbeat is late")
	// ErrNoDatabase says that the database does not answer in time.
	ErrNoDatabase = errors.New("the database does not answer")
)

// readyTimeout bounds the question to the database.
const readyTimeout = 2 * time.Second

// lateBeat is how old the last beat may be: one that is missed is no news.
const lateBeat = config.HeartbeatLost - config.HeartbeatEvery

// Ready reports whether the worker takes jobs: nil, ErrDraining, ErrLateBeat or
// ErrNoDatabase.
func (w *Worker) Ready(ctx context.Context) error {
	if w.draining.Load() {
		return ErrDraining
	}
	if last := w.beaten.Load(); last == nil || time.Since(*last) > lateBeat {
		return ErrLateBeat
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := w.e.Store.Health(ctx); err != nil {
		w.e.Log.Warn("not ready", "error", err)
		return ErrNoDatabase
	}
	return nil
}
