package pipeline

import "github.com/riverqueue/river"

// Queues of jobs. Workers differ in what they can do: each takes jobs of the queues that
// it is made for, and a job that needs more than pages and a database has a queue of its
// own.
const (
	// QueuePages holds the jobs of sweeps; any worker can do them.
	QueuePages = river.QueueDefault
	// QueueNights holds the steps of nights, for processes that have the drop folders, the
	// output folder and the way out for notices.
	QueueNights = "nights"
)

// nightWorkers is how many steps of nights one process works on at once. They wait more
// than they work; nights of different schedule entries must not wait for each other.
const nightWorkers = 8

// queues are those of the engine's workers.
func (e *Engine) queues() []string {
	if e.Queues == nil {
		return []string{QueuePages}
	}
	return e.Queues
}

func (e *Engine) queueWorkers(queue string) int {
	if queue == QueueNights {
		return nightWorkers
	}
	return e.Config.Sweep.Workers
}
