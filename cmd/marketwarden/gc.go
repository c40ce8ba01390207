package main

import "runtime/debug"

const (
	// gcPercent lets the heap grow to four times what is alive before it is collected. A
	// sweep throws away nearly all it allocates within milliseconds, and little is alive at
	// once: some ten megabytes, whatever the market's size. At Go's default of 100 a fifth
	// of a sweep's processor time would go into looking through them again and again.
	gcPercent = 300
	// memoryLimit is where that generosity ends: with more in use, as pages of many
	// megabytes bring about, the heap is collected as often as it takes.
	memoryLimit = 1 << 30
)

// tuneGC sets the garbage collector unless the environment does (GOGC, GOMEMLIMIT).
func tuneGC(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
