package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFeedPaths: what a feed names by a relative path lies beside the configuration file,
// its command too; a bare name of a program is looked up in PATH.
func TestFeedPaths(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	text := `
feeds:
  - {kind: providers, drop: inbox, map: maps/p.yaml}
  - {kind: orders, command: [./export.sh, ./an-argument]}
  - {kind: orders, command: [bin/export]}
  - {kind: orders, command: [export-orders]}
  - {kind: orders, command: [/usr/bin/export-orders]}
`
	for _, path := range []string{"marketwarden.yaml", "conf/marketwarden.yaml"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(dir, filepath.Dir(path))
		// From elsewhere by its whole path, and from the working directory by its name.
		for given, beside := range map[string]string{filepath.Join(dir, path): folder, path: filepath.Dir(path)} {
			c, err := Load(given, func(string) string { return "" })
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range map[int]string{
				1: beside + "/export.sh", 2: strings.TrimPrefix(beside+"/bin/export", "./"), 3: "export-orders", 4: "/usr/bin/export-orders",
			} {
				if got := c.Feeds[i].Command[0]; got != want {
					t.Errorf("%s: the program of feed %d is %q, want %q", given, i+1, got, want)
				}
			}
			if got := c.Feeds[1].Command[1]; got != "./an-argument" {
				t.Errorf("%s: an argument became %q", given, got)
			}
			if got, want := c.Feeds[0].Drop, filepath.Join(beside, "inbox"); got != want {
				t.Errorf("%s: drop folder %q, want %q", given, got, want)
			}
		}
	}
}

// TestFeedSettle: files must have been still for ten seconds unless it is said otherwise,
// and 0 says so.
func TestFeedSettle(t *testing.T) {
	t.Parallel()
	c, err := load(t, `
data_dir: /data
feeds:
  - {kind: providers, drop: a}
  - {kind: providers, drop: b, settle: 0s}
  - {kind: providers, drop: c, settle: 2m}
`, nil)
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []time.Duration{10 * time.Second, 0, 2 * time.Minute} {
		if got := c.Feeds[i].SettleTime(); got != want {
			t.Errorf("feed %d: %v, want %v", i+1, got, want)
		}
	}
	late := -time.Second
	c.Feeds[0].Settle = &late
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "settle must not be negative") {
		t.Errorf("a negative time: %v", err)
	}
}
