package cluster

import (
	"path/filepath"
	"testing"
)

// How long a command waits for its database: made for the first time, started, or found
// running. Each ends with Close.
func BenchmarkOpen(b *testing.B) {
	cycle := func(b *testing.B, dir string) {
		b.Helper()
		c, err := Open(b.Context(), Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("made", func(b *testing.B) {
		for b.Loop() {
			cycle(b, filepath.Join(b.TempDir(), "postgres"))
		}
	})
	dir := filepath.Join(b.TempDir(), "postgres")
	cycle(b, dir)
	b.Run("started", func(b *testing.B) {
		for b.Loop() {
			cycle(b, dir)
		}
	})
	b.Run("attached", func(b *testing.B) {
		c, err := Open(b.Context(), Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			cycle(b, dir)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	})
}
