package notices

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"marketwarden/internal/store/storetest"
)

// TestMain runs the tests, or, in the processes that TestKills starts, delivers.
func TestMain(m *testing.M) {
	if os.Getenv(delivererEnv) != "" {
		os.Exit(delivererMain())
	}
	code := storetest.Main(m)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
