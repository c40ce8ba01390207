package main

import (
	"context"
	"errors"

	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

type workerCmd struct {
	Listen string `help:"Serve health, readiness and metrics at this host:port." placeholder:"ADDRESS"`
}

// Run takes part in sweeps until the process is told to stop.
func (c *workerCmd) Run(a *app) error {
	// One worker of a newer program must not migrate the database under a whole fleet.
	s, err := a.openStore(func(o *store.Options) { o.AsIs = true })
	switch {
	case errors.Is(err, store.ErrOlderSchema):
		return usageError("%w: commands that plan or import bring it there; update those first", err)
	case errors.Is(err, store.ErrNewerSchema):
		return &exitError{exitUsage, err}
	case err != nil:
		return err
	}
	defer a.closeStore(s)
	up, err := a.watch(s, c.Listen)
	if err != nil {
		return err
	}
	defer up.stop()
	e, free, err := a.engine(s)
	if err != nil {
		return err
	}
	defer free()
	w, err := e.Start(a.ctx)
	if err != nil {
		return err
	}
	up.started(w)
	a.log.Info("worker takes jobs", "worker", w.ID(), "queues", w.Queues(), "jobs_at_once", a.cfg.Sweep.Workers,
		"bundle", e.Bundle(), "engine", pipeline.EngineVersion)
	<-a.ctx.Done()
	a.log.Info("worker hands back what it holds", "worker", w.ID(), "patience", a.cfg.Serve.Drain)
	stop, cancel := context.WithTimeout(context.WithoutCancel(a.ctx), a.cfg.Serve.Drain)
	defer cancel()
	return w.Stop(stop)
}
