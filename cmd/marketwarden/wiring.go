package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"marketwarden/internal/evidence"
	"marketwarden/internal/market"
	"marketwarden/internal/netguard"
	"marketwarden/internal/store"
	"marketwarden/pipeline"
	"marketwarden/rules"
	"marketwarden/scanners/fetch"
)

// version is the program's version, sent in the User-Agent.
const version = "0.1"

// openStore opens the database of the configuration, with the options changed as given.
func (a *app) openStore(change ...func(*store.Options)) (*store.Store, error) {
	options := store.Options{
		DatabaseURL: a.cfg.DatabaseURL, DataDir: a.cfg.DataDir, Log: a.log, AppName: "marketwarden",
	}
	for _, f := range change {
		f(&options)
	}
	return store.Open(a.ctx, options)
}

// closeStore closes the database; what goes wrong then is only worth a warning.
func (a *app) closeStore(s *store.Store) {
	if err := s.Close(a.ctx); err != nil {
		a.log.Warn("close database", "error", err)
	}
}

// profile loads the market profile of the configuration.
func (a *app) profile() (*market.Profile, error) {
	p, err := market.LoadProfile(a.cfg.Market)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return p, nil
}

// book loads the rulebook with the operator's term files.
func (a *app) book() (*rules.Book, error) {
	book, err := rules.Load()
	if err != nil {
		return nil, err
	}
	files, err := termFiles(a.cfg.Terms.Dir)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	if book, err = book.WithTerms(files); err != nil {
		return nil, usageError("term files: %w", err)
	}
	return book, nil
}

// client makes the guarded HTTP client of the configuration.
func (a *app) client() (*fetch.Client, error) {
	allow := make([]netip.Prefix, 0, len(a.cfg.Fetch.AllowPrivate))
	for _, s := range a.cfg.Fetch.AllowPrivate {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, usageError("fetch.allow_private: %w", err)
		}
		allow = append(allow, p)
	}
	guard, err := netguard.New(allow)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return fetch.New(a.cfg.Fetch, fetch.Options{Guard: guard, Logger: a.log, Now: a.now, Version: version, Observe: a.metrics.Fetched})
}

// engine wires a pipeline engine around an open store, changed by the options given. The
// returned function frees what the engine holds besides the store.
func (a *app) engine(s *store.Store, change ...func(*pipeline.Options)) (*pipeline.Engine, func(), error) {
	profile, err := a.profile()
	if err != nil {
		return nil, nil, err
	}
	book, err := a.book()
	if err != nil {
		return nil, nil, err
	}
	client, err := a.client()
	if err != nil {
		return nil, nil, err
	}
	var kept *evidence.Store
	if a.cfg.KeepsEvidence() {
		kept, err = evidence.Open(filepath.Join(a.cfg.DataDir, "evidence"))
		if err != nil {
			client.Close()
			return nil, nil, err
		}
	}
	options := pipeline.Options{
		Config: a.cfg, Store: s, Fetch: client, Book: book, Profile: profile, Evidence: kept,
		Now: a.now, Log: a.log, Stale: a.stale, Metrics: a.metrics,
	}
	for _, f := range change {
		f(&options)
	}
	e, err := pipeline.New(options)
	if err != nil {
		client.Close()
		return nil, nil, &exitError{exitUsage, err}
	}
	return e, client.Close, nil
}

// stale ends the process at once: another worker may hold our jobs by now, and nothing
// we still hold may be written.
func (a *app) stale(err error) {
	fmt.Fprintln(a.stderr, "marketwarden: stopped writing:", err)
	os.Exit(exitInternal)
}
