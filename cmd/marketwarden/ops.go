package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"

	"marketwarden/internal/store"
	"marketwarden/pipeline"
)

// Bounds of the listener for health, readiness and metrics. Its callers are probes and
// scrapers; whoever else finds it must not hold the process up.
const (
	opsHeaderTimeout = 5 * time.Second
	opsReadTimeout   = 10 * time.Second
	opsWriteTimeout  = 15 * time.Second
	opsIdleTimeout   = time.Minute
	opsHeaderBytes   = 8 << 10
	opsConns         = 64
	opsScrapes       = 4 // at once
	opsStopPatience  = 5 * time.Second
)

// listenOff turns the listener off.
const listenOff = "off"

// newRegistry makes the registry of the process with all that is told about it, and lets
// what is made from now on (client, engine) count in it.
func (a *app) newRegistry(s *store.Store) (*prometheus.Registry, error) {
	reg := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "marketwarden_build_info", Help: "1, with the versions of the program and of the code that judges.",
		ConstLabels: prometheus.Labels{"version": version, "engine": pipeline.EngineVersion},
	})
	build.Set(1)
	schedules := make([]string, len(a.cfg.Schedule))
	for i := range a.cfg.Schedule {
		schedules[i] = a.cfg.Schedule[i].Name
	}
	for _, c := range []prometheus.Collector{
		build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		pipeline.NewCollector(s, a.now, a.log, schedules),
	} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	m, err := pipeline.NewMetrics(reg)
	if err != nil {
		return nil, err
	}
	a.metrics = m
	return reg, nil
}

// watched is a process that probes and scrapers watch from its start to its end.
type watched struct {
	stop   func()
	worker atomic.Pointer[pipeline.Worker] // nil until it takes jobs
}

// errStarting is why a process without a worker is not ready.
var errStarting = errors.New("starting")

// watch lets the process be watched at listen, "" and "off" for not at all. It comes
// before the engine is made, which is to count; what it returns is told when the worker
// takes jobs, and stopped after the worker and before the store is closed.
func (a *app) watch(s *store.Store, listen string) (*watched, error) {
	reg, err := a.newRegistry(s)
	if err != nil {
		return nil, err
	}
	up := &watched{}
	var addr string
	up.stop, addr, err = a.serveOps(a.ctx, listen, reg, up.ready)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, usageError("%w: give this process an address of its own (--listen HOST:PORT or serve.listen), or none (--listen off)", err)
	}
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	if addr != "" {
		a.log.Info("health and metrics are served", "listen", addr)
	}
	return up, nil
}

func (up *watched) started(w *pipeline.Worker) { up.worker.Store(w) }

func (up *watched) ready(ctx context.Context) error {
	w := up.worker.Load()
	if w == nil {
		return errStarting
	}
	return w.Ready(ctx)
}

// serveOps answers probes and scrapers at listen ("host:port"; "" and "off": nothing is
// served): /healthz while the process lives, /readyz while ready answers nil, /metrics
// from reg. What ready answers is shown to whoever asks and must tell no secrets.
//
// ctx bounds the start only, so that a process that drains can be watched doing it: stop
// ends the listener, waits for what is being answered, and must be called before what
// ready and reg rest on is closed. addr is where it listens.
func (a *app) serveOps(ctx context.Context, listen string, reg *prometheus.Registry, ready func(context.Context) error) (stop func(), addr string, err error) {
	if listen == "" || listen == listenOff {
		return func() {}, "", nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, "", fmt.Errorf("serve health and metrics: %w", err)
	}
	base := context.WithoutCancel(ctx)
	srv := &http.Server{
		Handler:           a.opsHandler(reg, ready),
		ReadHeaderTimeout: opsHeaderTimeout, ReadTimeout: opsReadTimeout, WriteTimeout: opsWriteTimeout, IdleTimeout: opsIdleTimeout,
		MaxHeaderBytes: opsHeaderBytes,
		ErrorLog:       slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
		BaseContext:    func(net.Listener) context.Context { return base },
	}
	served := make(chan struct{})
	go func() { // ends with srv
		defer close(served)
		if err := srv.Serve(netutil.LimitListener(l, opsConns)); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("health and metrics are served no more", "error", err)
		}
	}()
	stop = func() {
		ctx, cancel := context.WithTimeout(base, opsStopPatience)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			a.log.Debug("close health and metrics", "error", errors.Join(err, srv.Close()))
		}
		<-served
	}
	return stop, l.Addr().String(), nil
}

// opsHandler answers GET and HEAD of three paths and 404 to everything else.
func (a *app) opsHandler(reg *prometheus.Registry, ready func(context.Context) error) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "ok\n") // who asked may have gone
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		answer := "ready"
		if err := ready(r.Context()); err != nil {
			answer = strings.Join(strings.Fields(printable(err.Error())), " ")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, answer+"\n")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError,
		MaxRequestsInFlight: opsScrapes,
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}
