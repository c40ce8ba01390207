package fetch

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPacerSpacesOneHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(2)
		begin := time.Now()
		var mu sync.Mutex
		var starts []time.Duration
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := p.Wait(t.Context(), "a.example"); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				starts = append(starts, time.Since(begin))
			})
		}
		wg.Wait()
		slices.Sort(starts)
		want := []time.Duration{0, 500 * time.Millisecond, time.Second, 1500 * time.Millisecond}
		if diff := cmp.Diff(want, starts); diff != "" {
			t.Errorf("starts (-want +got)\n%s", diff)
		}
	})
}

func TestPacerHostsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(0.01)
		begin := time.Now()
		if err := p.Wait(t.Context(), "slow.example"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		blocked := make(chan error, 1)
		go func() { blocked <- p.Wait(ctx, "slow.example") }()
		synctest.Wait()
		if err := p.Wait(t.Context(), "fast.example"); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(begin); d != 0 {
			t.Errorf("another host waited %v", d)
		}
		cancel()
		if err := <-blocked; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	})
}

func TestPacerUnlimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(0)
		begin := time.Now()
		for range 100 {
			if err := p.Wait(t.Context(), "a.example"); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(begin); d != 0 {
			t.Errorf("waited %v", d)
		}
	})
}
