package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
)

// ErrInterrupted says that a sweep was stopped before it was closed; Resume goes on.
var ErrInterrupted = errors.New("interrupted before the sweep was finished")

// progressEvery is how often Run looks how far the sweep is.
const progressEvery = 200 * time.Millisecond

// stopPatience is how long running jobs may take to hand back what they hold.
const stopPatience = 20 * time.Second

// Run works on a running sweep in this process until it is closed, and tells show how
// far it has come. When ctx ends it hands back what it holds and answers ErrInterrupted.
func (e *Engine) Run(ctx context.Context, sweep int64, show func(store.Progress)) error {
	w, err := e.Start(ctx)
	if err != nil {
		return err
	}
	err = e.await(ctx, sweep, show)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	return errors.Join(err, w.Stop(stop))
}

func (e *Engine) await(ctx context.Context, sweep int64, show func(store.Progress)) error {
	for {
		p, err := patient(ctx, func() (store.Progress, error) { return e.Store.Progress(ctx, sweep) })
		if err != nil {
			return err
		}
		show(p)
		switch p.State {
		case store.SweepClosed:
			return nil
		case store.SweepAbandoned:
			return fmt.Errorf("sweep %d was given up by another process", sweep)
		}
		if sleep(ctx, progressEvery) != nil {
			return ErrInterrupted
		}
	}
}

// patient asks the database again while it cannot be reached, for as long as a worker may be
// silent: it may come back. It answers ErrInterrupted when ctx ends.
func patient[T any](ctx context.Context, ask func() (T, error)) (T, error) {
	for began := time.Now(); ; {
		v, err := ask()
		if ctx.Err() != nil {
			return v, ErrInterrupted
		}
		if !store.IsOutage(err) || time.Since(began) >= config.HeartbeatLost {
			return v, err
		}
		_ = sleep(ctx, outagePause) // when ctx has ended, that is told above
	}
}

// Resume finds the sweep that is not closed yet and makes sure that its close job
// lives, which puts everything else back. It answers store.ErrNoSweep when there is
// none.
func (e *Engine) Resume(ctx context.Context) (store.Sweep, error) {
	sw, err := e.Store.RunningSweep(ctx)
	if err != nil {
		return sw, err
	}
	if !e.fits(&sw) {
		return sw, fmt.Errorf("sweep %d: %w", sw.ID, ErrOtherBundle)
	}
	return sw, e.ensureClose(ctx, sw.ID)
}

// ensureClose makes sure that the job which closes a running sweep lives.
func (e *Engine) ensureClose(ctx context.Context, sweep int64) error {
	client, err := e.insertOnly()
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, e.Store.Pool, func(tx pgx.Tx) error {
		live, err := store.HasCloseJob(ctx, tx, sweep, closeArgs{}.Kind())
		if err != nil || live {
			return err
		}
		_, err = insertJob(ctx, tx, client, closeArgs{Sweep: sweep}, 0)
		return err
	})
	if err != nil {
		return fmt.Errorf("resume sweep %d: %w", sweep, err)
	}
	return nil
}
