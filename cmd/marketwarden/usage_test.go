package main

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// TestUsageErrors: what the user mends by calling differently ends with the code for that
// and says what to do.
func TestUsageErrors(t *testing.T) {
	t.Setenv("DATABASE_URL", "")
	s, run, dir := reportSetup(t)
	closedSweep(t, s)
	var lc net.ListenConfig
	taken, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	config := filepath.Join(dir, "marketwarden.yaml")
	was, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, config, string(was)+"schedule: [{name: nightly, cron: \"30 1 * * *\"}, {name: other, cron: manual}]\n")
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"cases", "confirm", "--who", "li", "--from", dir}, exitUsage, "is a folder"},
		{[]string{"import", "listings", dir}, exitUsage, "is a folder"},
		{[]string{"report", "--out", filepath.Join(config, "below")}, exitUsage, `--out: `},
		{[]string{"serve", "--once", "nope"}, exitUsage, "no such schedule entry; it has nightly, other"},
		{[]string{"serve", "--listen", taken.Addr().String()}, exitUsage, `--listen HOST:PORT .*--listen off`},
		{[]string{"nights", "list", "--schedule", "nope"}, exitNothing, `no night of a schedule entry "nope"`},
		{[]string{"nights", "list"}, exitNothing, `no nights yet`},
		{[]string{"prune", "--keep", "5"}, exitUsage, `--keep 5: `},
	} {
		code, _, errs := run(append([]string{"--market", "demo"}, test.args...)...)
		if code != test.code {
			t.Errorf("%q: exit %d, want %d", test.args, code, test.code)
		}
		mustMatch(t, errs, test.want)
	}
}

// TestWorkerMigratesNothing: a database that is behind is refused.
func TestWorkerMigratesNothing(t *testing.T) {
	s, run, _ := reportSetup(t)
	const older = `DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`
	if _, err := s.Pool.Exec(t.Context(), older); err != nil {
		t.Fatal(err)
	}
	code, _, errs := run("--market", "demo", "worker")
	if code != exitUsage {
		t.Errorf("exit %d, want %d", code, exitUsage)
	}
	mustMatch(t, errs, "not migrated")
}
