package main

import (
	"errors"

	"marketwarden/internal/store"
	"marketwarden/internal/store/cluster"
	"marketwarden/pipeline"
)

type workerCmd struct {
	Listen string `help:"Serve health, readiness and metrics at this host:port." placeholder:"ADDRESS"`
}

// Run takes part in sweeps until the process is told to stop.
func (c *workerCmd) Run(a *app) error {
	if a.cfg.Private() {
		there, err := cluster.Look(store.ClusterDir(a.cfg.DataDir))
		if err == nil && !there.Exists { // to make one would be to work alone on nothing
			return usageError("there is no database in %s: a worker needs that of its fleet: set DATABASE_URL, or give the data folder of the process that serves (--data-dir)", a.cfg.DataDir)
		}
	}
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
	wire := func(s *store.Store) (*pipeline.Engine, func(), error) { return a.engine(s) }
	return a.attend(s, c.Listen, wire, false)
}
