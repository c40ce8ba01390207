// Package pipeline runs sweeps: plan → visit → judge → record. It is the one place
// where concurrency lives.
//
// # Life-cycle
//
// An Engine holds what judging needs (store, client, rulebook, profile). Plan stores a
// sweep: its units, one piece of work each, with the catalogue as it stands, and the
// jobs that work on them, all in one transaction. A Worker enrols, takes jobs from
// River and works until it is stopped; the process that planned a sweep works in the
// same way as any other, so there is one code path for one machine and for many.
// The close job ends the sweep when no unit is open.
//
// # What is true
//
// The table sweep_units is the truth; River jobs only wake workers. A job works on the
// open units of one batch and ends in one transaction that holds the results, the new
// state of the units, the records, the jobs that follow and its own completion, and
// whose first statement is store.Fence. So a unit is judged once, whoever dies when.
// Every way a job can end goes through Worker.end: done, handed back, put off, broken.
// A job never returns into River before that transaction is committed, because River's
// own completion does not look whether the attempt is still ours; a worker that finds
// out that it is not (ErrFenced), or cannot tell any more, calls Options.Stale, which
// ends the process. A commit whose answer was lost is looked up, not taken for a theft.
// That the database is away for a while says nothing about a page or a job.
//
// # Who is alive
//
// Each worker beats every config.HeartbeatEvery on a connection of its own, which also
// holds a session lock. Every worker looks for dead ones and puts their jobs back: a
// killed process is noticed within seconds by its lock, a frozen one by its missing
// beat. A free lock alone is no proof, as a server that crashed frees all of them: a
// living worker has until config.HeartbeatSilent to come back. One that does not beat for
// config.HeartbeatLost ends itself, no later than others take its jobs.
//
// A worker whose bundle or engine is not that of the sweep hands every job back at once,
// the close job too, and leaves the slot empty for a while: it is not in the way of those
// that fit, and does not go round in circles.
//
// # Providers' websites
//
// A site unit is a declared product page, the home page of a website on file, or the
// address where buyers get a listing; all units of one host are one batch. A declared
// page that presents its listings needs nothing else. Where it does not, or none is
// declared, the website is explored (scanners/site), guided by what rules.Seek thinks of
// links and pages; what one unit of a job has seen the next one need not visit again.
// Each website's home page is visited once a night, whether it is needed or not, because
// rules that ask for two observations need the first one.
//
// What is down or forbidden is kept as a row of observations (store.Observation), written
// in the transaction that ends the unit. Observations are as far apart as their sweeps'
// moments, and less than twelve hours count as one: sweeping twice in a night, or a unit
// that is judged again after a crash, proves nothing more.
//
// # Bounds
//
// A listing batch ends after config.MaxBatchPages pages or config.MaxBatchTime and hands
// back what is left. One job works on one provider's host at a time (host_leases; a
// website on another host than the page that declares it is leased, too), at most
// config.MaxHostPages units and config.MaxSitePages explored pages; only an attempt that
// owns its job gets a lease, and the next job on a host waits for its pace. A page that
// fails is put off as a batch of its own and never holds up the others. A panic in one
// page is that page's not_checked.
//
// # Ownership
//
// Worker.Start starts the River client and the heartbeat goroutine; Worker.Stop waits
// for both. Inside a job a bounded pool owns the page goroutines and waits for them;
// each writes its own slot of a slice and nothing else.
//
// # Nights
//
// A Schedule makes a night of every tick of the configuration's entries, once in however
// many processes; each night is worked on by one job at a time, step by step (nights.go).
// The sweep is a step of our own; what the others do is handed in (Options.Steps), because
// it needs folders, commands and the way out for notices. Jobs of nights have a queue of
// their own, which only processes take that have these.
//
// # Notices
//
// Notify gathers what people confirmed and nobody was told of, one digest a provider and
// sweep, and queues it in the outbox. Before anything is sent a sweep of its own, a
// recheck, judges again what the queued notices rest on: what it resolved, could not judge
// or people decided otherwise meanwhile is dropped. One process does that at a time, by a
// session lock; one that was cut off is simply followed by the next. A recheck is a sweep
// in every other way (fence, units, records), but it is no night: reports, trends and the
// last sweep leave it out, and it resolves nothing that it did not look at.
//
// # What it does not do
//
// It knows no rule: it gathers the facts a scope asks for and stores what the book
// answers. It renders no report, decides no case and makes out no notice.
package pipeline
