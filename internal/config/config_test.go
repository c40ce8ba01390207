package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"marketwarden/internal/weburl"
)

func load(t *testing.T, text string, env map[string]string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "marketwarden.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path, func(k string) string { return env[k] })
}

// TestLoad: the file lies over the defaults, the environment over the file.
func TestLoad(t *testing.T) {
	t.Parallel()
	c, err := load(t, `
database_url: postgres://file/db
data_dir: /from/file
market: profiles/own.yaml
fetch:
  total: 45s
  resolve: {www.staging.com: "127.0.0.1:8080"}
sweep:
  keep_evidence: false
`, map[string]string{"DATABASE_URL": "postgres://env/db", "MARKETWARDEN_SMTP_PASSWORD": "geheim", "MARKETWARDEN_WEBHOOK_SECRET": "key"})
	if err != nil {
		t.Fatal(err)
	}
	if c.DatabaseURL != "postgres://env/db" || c.DataDir != "/from/file" {
		t.Errorf("database %q, data folder %q", c.DatabaseURL, c.DataDir)
	}
	if c.Fetch.Total != 45*time.Second || c.Fetch.Connect != Default().Fetch.Connect {
		t.Errorf("total %v, connect %v", c.Fetch.Total, c.Fetch.Connect)
	}
	if c.Notices.SMTP.Password != "geheim" || c.Notices.Webhook.Secret != "key" {
		t.Error("secrets of the environment are not taken")
	}
	if c.KeepsEvidence() {
		t.Error("evidence is kept though the file says no")
	}
	if !filepath.IsAbs(c.Market) || !strings.HasSuffix(c.Market, "profiles/own.yaml") {
		t.Errorf("market profile %q is not found beside the configuration", c.Market)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	empty, err := load(t, "", nil)
	if err != nil || empty.Market != Default().Market {
		t.Errorf("empty file: market %q, %v", empty.Market, err)
	}
}

// TestUnknownKeys are errors that say where.
func TestUnknownKeys(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"fetch:\n  totl: 3s\n":      "[2:3]",
		"nonsense: 1\n":             "[1:1]",
		"sweep:\n  workers: many\n": "[2:12]",
		"fetch: [1":                 "configuration",
	} {
		if _, err := load(t, text, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v does not say %s", text, err, want)
		}
	}
}

// TestErrorsShowNoLines: what is wrong is told without the lines around it, which may hold
// secrets.
func TestErrorsShowNoLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"database_url: postgres://u:SECRET@h/d\nfetch:\n  totl: 3s\n":                               "[3:3] unknown field \"totl\"",
		"notices:\n  webhook:\n    url: https://h/?token=SECRET\n    timeout: [1]\n":                "[4:14]",
		"notices:\n  webhook: {url: \"https://h/?token=SECRET\", nonsense: 1}\n":                    "[2:45]",
		"notices:\n  webhook:\n    url: https://h/?token=SECRET\n   timeout: 1s\n":                  "[4:4]",
		"database_url: {password: SECRET}\n":                                                        "[1:15]",
		"notices:\n  webhook:\n    url: a\n    url: https://h/?token=SECRET\nsweep: {workers: a}\n": "[4:5]",
	} {
		if _, err := load(t, text, nil); err == nil || strings.Contains(err.Error(), "SECRET") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %s that does not show the line", text, err, want)
		}
	}
}

// TestValidate: each wrong value is named; defaults are right.
func TestValidate(t *testing.T) {
	t.Parallel()
	good := Default()
	good.DataDir = "/data"
	if err := good.Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	for want, change := range map[string]func(*Config){
		"database_url":        func(c *Config) { c.DatabaseURL = "mysql://x" },
		"data_dir":            func(c *Config) { c.DataDir = "" },
		"market":              func(c *Config) { c.Market = "" },
		"lang":                func(c *Config) { c.Lang = "fr" },
		"coverage":            func(c *Config) { c.Coverage = 1.5 },
		"fetch.allow_private": func(c *Config) { c.Fetch.AllowPrivate = []string{"127.0.0.1"} },
		"fetch.resolve":       func(c *Config) { c.Fetch.Resolve = map[string]string{"a": "localhost:1"} },
		"fetch.total":         func(c *Config) { c.Fetch.Total = 0 },
		"fetch.confirm":       func(c *Config) { c.Fetch.Confirm = -1 },
		"fetch.provider_pace": func(c *Config) { c.Fetch.ProviderPace = -1 },
		"retention.days":      func(c *Config) { c.Retention.Days = 59 },
		"sweep.workers":       func(c *Config) { c.Sweep.Workers = MaxWorkers + 1 },
		"sweep.pages":         func(c *Config) { c.Sweep.Pages = 0 },
		"sweep.attempts":      func(c *Config) { c.Sweep.Attempts = 0 },
		"sweep.retry_wait":    func(c *Config) { c.Sweep.RetryWait = 0 },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", want, err)
		}
	}
}

// FuzzLoad: whatever a configuration file holds, reading it answers.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{"", "a: b", "fetch:\n  total: 3s\n", "!<!> x", "? [", "fetch: !!map {}", "&a [*a]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := load(t, text, nil); err != nil && err.Error() == "" {
			t.Error("an error that says nothing")
		}
	})
}

// TestURLBytes: weburl has the bound as a constant of its own, because this package
// imports it by way of the market.
func TestURLBytes(t *testing.T) {
	t.Parallel()
	if weburl.MaxBytes != MaxURLBytes {
		t.Errorf("weburl.MaxBytes = %d, MaxURLBytes = %d", weburl.MaxBytes, MaxURLBytes)
	}
}
