// Package config is the program's configuration: one struct with documented defaults
// and one Validate. It is read once at start from defaults, the YAML file (strict:
// unknown keys are errors with line and column) and the environment, in that order,
// and handed down by value; nothing in the program reads the environment later.
//
// nights.go holds what unattended nights and notices are configured by.
//
// The bounds that are not for users to change are constants in limits.go.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Config is everything a user can set. Durations are written as Go durations ("10s").
type Config struct {
	// DatabaseURL is a PostgreSQL connection URL. Empty: a private cluster in DataDir
	// is started from installed binaries. Environment: DATABASE_URL.
	DatabaseURL string `yaml:"database_url"`
	// DataDir holds the private cluster, evidence and default output.
	// Default: $XDG_DATA_HOME/marketwarden or ~/.local/share/marketwarden.
	// Environment: MARKETWARDEN_DATA_DIR.
	DataDir string `yaml:"data_dir"`
	// Market is the market profile: the name of a shipped one (aliyun, demo) or the path
	// of a YAML file. Default: aliyun.
	Market string `yaml:"market"`
	// Lang is the language of what users read: zh (default) or en.
	Lang string `yaml:"lang"`
	// Coverage is the share of planned checks (0 to 1) below which a sweep exits with
	// code 3. Default: 0.8.
	Coverage float64 `yaml:"coverage"`
	Fetch    Fetch   `yaml:"fetch"`
	Sweep    Sweep   `yaml:"sweep"`
	// Params override rule parameters: rule id → name → value. See docs/rules.
	Params map[string]map[string]string `yaml:"params"`

	Terms    Terms      `yaml:"terms"`
	Log      Log        `yaml:"log"`
	Serve    Serve      `yaml:"serve"`
	Schedule []Schedule `yaml:"schedule"`
	Feeds    []Feed     `yaml:"feeds"`
	Notices  Notices    `yaml:"notices"`
	Waivers  Waivers    `yaml:"waivers"`
	Calendar Calendar   `yaml:"calendar"`

	Retention Retention `yaml:"retention"`
}

// Terms configures words of the operator's own.
type Terms struct {
	// Dir is a folder of term files (*.yaml), each of which extends a rule; see
	// docs/terms.md. Relative to the configuration file. Default: empty, there are none.
	Dir string `yaml:"dir"`
}

// Retention configures what is removed because it is old.
type Retention struct {
	// Days is for how many days what sweeps looked at and found in full, and the steps of
	// nights, are kept: at least 60, or 0 for ever. Records, decisions and notices are never
	// removed. Default: 400.
	Days int `yaml:"days"`
}

// minRetention is the fewest Retention.Days: rules look at rows of nights, and people at last
// month.
const minRetention = 60

// Log configures what is logged, to standard error.
type Log struct {
	// Level is debug, info, warn or error. Default: info for serve and worker, warn for
	// the other commands; --verbose is debug.
	Level string `yaml:"level"`
	// Format is text (default) or json, one object a line.
	Format string `yaml:"format"`
}

// Fetch configures the one HTTP client.
type Fetch struct {
	// Contact is put into the User-Agent so that site owners can reach the operator: an
	// e-mail address or a URL. Default: empty (the product name alone is sent).
	Contact string `yaml:"contact"`
	// Resolve maps host names to address:port, for staging. Key "host" or "host:port",
	// value "ip:port". The address policy still holds for the value.
	Resolve map[string]string `yaml:"resolve"`
	// AllowPrivate are prefixes of special addresses that may be dialled, such as
	// 127.0.0.0/8 for staging. Metadata addresses never are.
	AllowPrivate []string `yaml:"allow_private"`
	// Total bounds one page, all redirects and the body included. Default: 30s.
	Total time.Duration `yaml:"total"`
	// Connect bounds dialling and, apart, the TLS handshake. Default: 10s.
	Connect time.Duration `yaml:"connect"`
	// Headers bounds the wait for a response's headers. Default: 15s.
	Headers time.Duration `yaml:"headers"`
	// ProviderPace is the most requests per second to one host of a provider; 0 =
	// unlimited. Default: 1.
	ProviderPace float64 `yaml:"provider_pace"`
	// MarketPace overrides the market profile's pace; negative (default) = the profile's.
	MarketPace float64 `yaml:"market_pace"`
	// Confirm is how long to wait before the second fetch that confirms an error status.
	// Default: 2s.
	Confirm time.Duration `yaml:"confirm"`
}

// Sweep configures how a sweep works.
type Sweep struct {
	// Workers is how many jobs this process works on at once. Default: 8.
	Workers int `yaml:"workers"`
	// Pages is how many pages one listing batch visits at once. Default: 8.
	Pages int `yaml:"pages"`
	// Attempts is how often a page that failed is visited in one sweep. Default: 3.
	Attempts int `yaml:"attempts"`
	// RetryWait is the wait before a failed page is visited again; it doubles with each
	// attempt, and Retry-After is honoured above it. Default: 30s.
	RetryWait time.Duration `yaml:"retry_wait"`
	// KeepEvidence keeps raw bodies and headers of judged pages. Default: true.
	KeepEvidence *bool `yaml:"keep_evidence"`
}

// Default returns the documented defaults.
func Default() Config {
	keep := true
	return Config{
		DataDir:  defaultDataDir(),
		Market:   "aliyun",
		Lang:     "zh",
		Coverage: 0.8,
		Fetch: Fetch{
			Total: 30 * time.Second, Connect: 10 * time.Second, Headers: 15 * time.Second,
			ProviderPace: 1, MarketPace: -1, Confirm: 2 * time.Second,
		},
		Sweep:   Sweep{Workers: 8, Pages: 8, Attempts: 3, RetryWait: 30 * time.Second, KeepEvidence: &keep},
		Log:     Log{Format: "text"},
		Serve:   Serve{Drain: 20 * time.Second, Abandon: 2 * time.Minute},
		Notices: defaultNotices(),
		Waivers: Waivers{WarnDays: 14, MaxDays: 365},

		Retention: Retention{Days: 400},
	}
}

func defaultDataDir() string {
	if d := os.Getenv("XDG_DATA_HOME"); d != "" {
		return filepath.Join(d, "marketwarden")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".local", "share", "marketwarden")
}

// Load reads the file at path ("" = defaults alone) and the environment over the
// defaults. The result still needs Validate, after flags were applied.
func Load(path string, getenv func(string) string) (Config, error) {
	c := Default()
	if path != "" {
		b, err := os.ReadFile(path)
		if err != nil {
			return c, fmt.Errorf("read configuration: %w", err)
		}
		if c, err = decode(b, c); err != nil {
			return c, fmt.Errorf("configuration %s: %w", path, err)
		}
		if c.Market != "" && strings.ContainsAny(c.Market, `/\.`) && !filepath.IsAbs(c.Market) {
			c.Market = filepath.Join(filepath.Dir(path), c.Market)
		}
	}
	dir := ""
	if path != "" {
		dir = filepath.Dir(path)
	}
	c.complete(dir)
	if v := getenv("DATABASE_URL"); v != "" {
		c.DatabaseURL = v
	}
	if v := getenv("MARKETWARDEN_DATA_DIR"); v != "" {
		c.DataDir = v
	}
	c.Notices.SMTP.Password = getenv("MARKETWARDEN_SMTP_PASSWORD")
	c.Notices.Webhook.Secret = getenv("MARKETWARDEN_WEBHOOK_SECRET")
	return c, nil
}

// decode reads YAML over c. A document without content changes nothing. The library
// panics on some malformed input; that is an error of the file like others.
func decode(b []byte, c Config) (_ Config, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("not readable as YAML: %v", p)
		}
	}()
	var doc any
	if err := yaml.Unmarshal(b, &doc); err == nil && doc == nil {
		return c, nil
	}
	if err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&c); err != nil {
		// Position and message alone: the lines around it, which the library would show,
		// may hold a password or a token, and this goes to logs.
		return c, errors.New(yaml.FormatError(err, false, false))
	}
	return c, nil
}

// Validate says in plain sentences all that is wrong.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.DatabaseURL != "" {
		if u, err := url.Parse(c.DatabaseURL); err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
			bad("database_url must be a postgres:// URL")
		}
	}
	if c.DataDir == "" {
		bad("data_dir is empty and no home directory is known: set it, --data-dir or MARKETWARDEN_DATA_DIR")
	}
	if c.Market == "" {
		bad("market must name a market profile")
	}
	if c.Lang != "zh" && c.Lang != "en" {
		bad("lang must be zh or en, not %q", c.Lang)
	}
	if c.Coverage < 0 || c.Coverage > 1 {
		bad("coverage must lie between 0 and 1, not %v", c.Coverage)
	}
	for _, p := range c.Fetch.AllowPrivate {
		if _, err := netip.ParsePrefix(p); err != nil {
			bad("fetch.allow_private: %q is no prefix such as 127.0.0.0/8", p)
		}
	}
	for host, to := range c.Fetch.Resolve {
		if _, err := netip.ParseAddrPort(to); err != nil {
			bad("fetch.resolve: %s: %q is no address with port such as 127.0.0.1:8080", host, to)
		}
	}
	for name, d := range map[string]time.Duration{
		"fetch.total": c.Fetch.Total, "fetch.connect": c.Fetch.Connect, "fetch.headers": c.Fetch.Headers,
		"sweep.retry_wait": c.Sweep.RetryWait,
	} {
		if d <= 0 {
			bad("%s must be a positive duration", name)
		}
	}
	if c.Fetch.Confirm < 0 {
		bad("fetch.confirm must not be negative")
	}
	if c.Fetch.ProviderPace < 0 {
		bad("fetch.provider_pace must not be negative")
	}
	if c.Sweep.Workers < 1 || c.Sweep.Workers > MaxWorkers {
		bad("sweep.workers must lie between 1 and %d", MaxWorkers)
	}
	if c.Sweep.Pages < 1 || c.Sweep.Pages > MaxBatchPages {
		bad("sweep.pages must lie between 1 and %d", MaxBatchPages)
	}
	if c.Sweep.Attempts < 1 || c.Sweep.Attempts > MaxAttempts {
		bad("sweep.attempts must lie between 1 and %d", MaxAttempts)
	}
	oneOf(bad, "log.level", c.Log.Level, "", "debug", "info", "warn", "error")
	oneOf(bad, "log.format", c.Log.Format, "text", "json")
	if c.Retention.Days != 0 && c.Retention.Days < minRetention {
		bad("retention.days must be at least %d, or 0 to keep everything", minRetention)
	}
	c.validateNights(bad)
	return errors.Join(errs...)
}

// KeepsEvidence reports whether bodies of judged pages are kept.
func (c *Config) KeepsEvidence() bool { return c.Sweep.KeepEvidence == nil || *c.Sweep.KeepEvidence }

// Private reports whether the private cluster is used.
func (c *Config) Private() bool { return c.DatabaseURL == "" }
