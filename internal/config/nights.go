package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"marketwarden/internal/market"
	"marketwarden/internal/schedule"
)

// Serve configures the processes that run unattended: marketwarden serve and worker.
type Serve struct {
	// Listen is the host:port of health, readiness and metrics. Default: 127.0.0.1:9780
	// for serve and nothing for worker (--listen); "off" = nothing.
	Listen string `yaml:"listen"`
	// Drain is how long running jobs may take to hand back what they hold when the
	// process is told to stop. Default: 20s.
	Drain time.Duration `yaml:"drain"`
	// Abandon is for how long a night waits for a sweep that no living worker can go on with,
	// because it was planned by another version or configuration of the program, before it
	// gives it up. Default: 2m.
	Abandon time.Duration `yaml:"abandon"`
}

// Steps of a night, in the order in which they make sense.
const (
	StepImport = "import" // take in what lies in the drop folders or what commands print
	StepSweep  = "sweep"
	StepReport = "report" // write the sweep's report
	StepNotify = "notify" // make out the notices; send them only where notices.send is set
)

// Schedule is one entry of the schedule: a night, or something more frequent.
type Schedule struct {
	// Name tells entries apart, in the database too: renaming one makes a new one.
	Name string `yaml:"name"`
	// Cron is five fields: minute, hour, day of month, month, day of week. See
	// docs/operations.md for what is refused. "manual": it is fired by serve --once alone.
	Cron string `yaml:"cron"`
	// Zone is the IANA time zone that Cron is read in. Default: Asia/Shanghai.
	Zone string `yaml:"zone"`
	// Steps are worked off in this order. Default: import, sweep, report, notify.
	Steps []string `yaml:"steps"`
	// Only narrows the sweep: listings, sites or accounts. Default: everything.
	Only string `yaml:"only"`
	// CatchUp is what becomes of ticks that nobody was there for: skip (they are noted as
	// missed), once (default: the latest is made up for), all (each is, the oldest first).
	CatchUp string `yaml:"catch_up"`
	// Overlap is what becomes of a tick while the entry's last night is still running:
	// skip (default; noted as skipped) or wait (it begins when the last one has ended).
	Overlap string `yaml:"overlap"`
}

// CronManual is the Cron of entries that only schedulers outside fire.
const CronManual = "manual"

// Channels of notices.
const (
	ChannelFolder  = "folder"
	ChannelSMTP    = "smtp"
	ChannelWebhook = "webhook"
)

// Notices configures what providers are sent.
type Notices struct {
	// Send lets the notify step of nights send. Default: false, notices are only made out.
	Send bool `yaml:"send"`
	// Lang is the language of notices: zh (default) or en.
	Lang string `yaml:"lang"`
	// Channel is folder (default), smtp or webhook.
	Channel string `yaml:"channel"`
	// Folder takes the .eml and .html files. Default: notices in the data folder.
	Folder string `yaml:"folder"`
	// From is the sender's address, with a name if liked; ReplyTo takes the answers.
	From    string `yaml:"from"`
	ReplyTo string `yaml:"reply_to"`
	// Sender is how the marketplace signs its notices, e.g. the compliance team's name.
	Sender string `yaml:"sender"`
	// Appeal says where and how providers appeal: a sentence, an address or both.
	Appeal string `yaml:"appeal"`
	// AppealDays is how many working days providers have to appeal. Default: 5.
	AppealDays int `yaml:"appeal_days"`
	// MendDays is how many working days providers have to mend, by severity of the rule.
	// Default: critical 3, high 5, medium 10, low 10. An assumption: the norms name none.
	MendDays map[string]int `yaml:"mend_days"`
	// Attempts is how often a notice that certainly was not sent is tried. Default: 5.
	Attempts int `yaml:"attempts"`
	// RetryWait is the wait before that, times the attempts so far. Default: 5m.
	RetryWait time.Duration `yaml:"retry_wait"`
	// Patience is for how long the notify step of a night waits for notices that were put
	// off, after each was tried once; 0 = not at all. Default: 1h, for all five attempts.
	Patience time.Duration `yaml:"patience"`
	SMTP     SMTP          `yaml:"smtp"`
	Webhook  Webhook       `yaml:"webhook"`
}

// SMTP is the operator's mail server. The address policy does not hold for it.
type SMTP struct {
	Host string `yaml:"host"`
	// Port is 587 by default, or 465 with implicit TLS.
	Port int `yaml:"port"`
	// TLS is starttls (default: required), implicit, or none (a server on loopback only).
	TLS  string `yaml:"tls"`
	User string `yaml:"user"`
	// PasswordFile holds the password. Environment: MARKETWARDEN_SMTP_PASSWORD.
	PasswordFile string `yaml:"password_file"`
	// Password is what the environment gives; it goes before PasswordFile.
	Password string `yaml:"-"`
	// CAFile holds certificates of authorities to trust besides the system's (PEM).
	CAFile string `yaml:"ca_file"`
	// Timeout bounds one delivery. Default: 60s.
	Timeout time.Duration `yaml:"timeout"`
}

// Webhook is the operator's receiver. The address policy does not hold for it.
type Webhook struct {
	URL string `yaml:"url"`
	// SecretFile holds the key that requests are signed with. Environment:
	// MARKETWARDEN_WEBHOOK_SECRET.
	SecretFile string `yaml:"secret_file"`
	// Secret is what the environment gives; it goes before SecretFile.
	Secret string `yaml:"-"`
	// Timeout bounds one delivery. Default: 30s.
	Timeout time.Duration `yaml:"timeout"`
}

// Calendar holds the days that make the working-day count of a year differ from Monday
// to Friday: public holidays and make-up days (调休). Days are written 2026-10-01, spans
// 2026-10-01..2026-10-08.
type Calendar struct {
	Holidays []string `yaml:"holidays"`
	WorkDays []string `yaml:"work_days"`
}

// Waivers configures the watch over waivers.
type Waivers struct {
	// WarnDays is how many days ahead the end of a waiver is told. Default: 14.
	WarnDays int `yaml:"warn_days"`
	// MaxDays is the longest a waiver may last. Default: 365.
	MaxDays int `yaml:"max_days"`
}

func defaultNotices() Notices {
	return Notices{
		Lang: "zh", Channel: ChannelFolder, AppealDays: 5,
		MendDays: map[string]int{"critical": 3, "high": 5, "medium": 10, "low": 10},
		Attempts: 5, RetryWait: 5 * time.Minute, Patience: time.Hour,
		SMTP: SMTP{TLS: "starttls", Timeout: time.Minute}, Webhook: Webhook{Timeout: 30 * time.Second},
	}
}

// complete fills in what entries of lists leave out, which defaults laid under the file
// cannot do.
func (c *Config) complete(dir string) {
	for i := range c.Schedule {
		s := &c.Schedule[i]
		s.Zone = orElse(s.Zone, "Asia/Shanghai")
		s.CatchUp, s.Overlap = orElse(s.CatchUp, "once"), orElse(s.Overlap, "skip")
		if len(s.Steps) == 0 {
			s.Steps = []string{StepImport, StepSweep, StepReport, StepNotify}
		}
	}
	for i := range c.Feeds {
		c.Feeds[i].complete(dir)
	}
	c.Terms.Dir = beside(dir, c.Terms.Dir)
	n := &c.Notices
	n.Folder, n.SMTP.PasswordFile = beside(dir, n.Folder), beside(dir, n.SMTP.PasswordFile)
	n.SMTP.CAFile, n.Webhook.SecretFile = beside(dir, n.SMTP.CAFile), beside(dir, n.Webhook.SecretFile)
	if n.SMTP.Port == 0 {
		n.SMTP.Port = 587
		if n.SMTP.TLS == "implicit" {
			n.SMTP.Port = 465
		}
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

var scheduleName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// validateNights says what is wrong with the schedule, the feeds and the notices.
func (c *Config) validateNights(bad func(format string, args ...any)) {
	if c.Serve.Listen != "off" && c.Serve.Listen != "" {
		if _, _, err := net.SplitHostPort(c.Serve.Listen); err != nil {
			bad("serve.listen: %q is no host:port such as 127.0.0.1:9780", c.Serve.Listen)
		}
	}
	if c.Serve.Drain <= 0 || c.Serve.Abandon <= 0 {
		bad("serve.drain and serve.abandon must be positive durations")
	}
	seen := map[string]bool{}
	for i := range c.Schedule {
		s := &c.Schedule[i]
		at := fmt.Sprintf("schedule %d (%s)", i+1, s.Name)
		if !scheduleName.MatchString(s.Name) {
			bad("%s: name must be small letters, digits, - and _", at)
		}
		if seen[s.Name] {
			bad("%s: the name is taken", at)
		}
		seen[s.Name] = true
		for _, step := range s.Steps {
			if !slices.Contains([]string{StepImport, StepSweep, StepReport, StepNotify}, step) {
				bad("%s: there is no step %q; there are import, sweep, report and notify", at, step)
			}
		}
		for k, step := range s.Steps {
			if slices.Contains(s.Steps[:k], step) {
				bad("%s: %s is there twice", at, step)
			}
		}
		sweep := slices.Index(s.Steps, StepSweep)
		for _, after := range []string{StepReport, StepNotify} {
			if k := slices.Index(s.Steps, after); k >= 0 && (sweep < 0 || k < sweep) {
				bad("%s: %s tells of the night's sweep and has to come after it", at, after)
			}
		}
		if s.Cron != CronManual {
			if _, err := schedule.Parse(s.Cron, s.Zone); err != nil {
				bad("%s: %w", at, err)
			}
		}
		oneOf(bad, at+": only", s.Only, "", "listings", "sites", "accounts")
		oneOf(bad, at+": catch_up", s.CatchUp, "skip", "once", "all")
		oneOf(bad, at+": overlap", s.Overlap, "skip", "wait")
	}
	for i := range c.Feeds {
		c.Feeds[i].validate(fmt.Sprintf("feeds %d (%s)", i+1, c.Feeds[i].Name), bad)
	}
	c.Notices.validate(bad)
	if c.Waivers.WarnDays < 0 || c.Waivers.MaxDays < 1 {
		bad("waivers.warn_days must not be negative and waivers.max_days not below 1")
	}
	if _, err := c.Calendar.WorkCalendar(); err != nil {
		bad("calendar: %w", err)
	}
}

func oneOf(bad func(string, ...any), name, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		bad("%s must be one of %s, not %q", name, strings.Join(slices.DeleteFunc(allowed, func(s string) bool { return s == "" }), ", "), value)
	}
}

func (n *Notices) validate(bad func(string, ...any)) {
	oneOf(bad, "notices.lang", n.Lang, "zh", "en")
	oneOf(bad, "notices.channel", n.Channel, ChannelFolder, ChannelSMTP, ChannelWebhook)
	for name, address := range map[string]string{"notices.from": n.From, "notices.reply_to": n.ReplyTo} {
		if _, err := mail.ParseAddress(address); address != "" && err != nil {
			bad("%s: %q is no mail address", name, address)
		}
	}
	if n.AppealDays < 1 {
		bad("notices.appeal_days must be at least 1")
	}
	for severity, days := range n.MendDays {
		oneOf(bad, "notices.mend_days", severity, "critical", "high", "medium", "low")
		if days < 1 {
			bad("notices.mend_days: %s must be at least 1", severity)
		}
	}
	if n.Attempts < 1 || n.RetryWait <= 0 {
		bad("notices.attempts must be at least 1 and notices.retry_wait a positive duration")
	}
	if n.Patience < 0 || n.Patience > 0 && n.Patience <= n.RetryWait {
		bad("notices.patience must be 0 or longer than notices.retry_wait: within %s nothing is tried again", n.Patience)
	}
	oneOf(bad, "notices.smtp.tls", n.SMTP.TLS, "starttls", "implicit", "none")
	if n.SMTP.Timeout <= 0 || n.Webhook.Timeout <= 0 {
		bad("the timeouts of notices must be positive durations")
	}
	if n.Channel == ChannelSMTP && n.SMTP.Host == "" {
		bad("notices.smtp.host is missing")
	}
	if n.Channel == ChannelSMTP && n.From == "" {
		bad("notices.from is missing: mail needs a sender")
	}
	if n.SMTP.Port < 0 || n.SMTP.Port > 65535 {
		bad("notices.smtp.port must lie between 1 and 65535")
	}
	if n.Channel == ChannelWebhook {
		u, err := url.Parse(n.Webhook.URL)
		if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
			bad("notices.webhook.url must be an https address; http is for a receiver on this machine")
		}
	}
}

// loopback reports whether a host is this machine by its name or address alone.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip.IsLoopback()
}

// WorkCalendar returns the calendar that working days are counted by.
func (c *Calendar) WorkCalendar() (market.WorkCalendar, error) {
	var errs []error
	read := func(name string, spans []string) map[string]bool {
		days := map[string]bool{}
		for _, s := range spans {
			if !strings.Contains(s, "..") {
				s += ".." + s
			}
			r, err := market.ParseRange(s)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
				continue
			}
			for d := r.From; d.Before(r.To); d = d.AddDate(0, 0, 1) {
				days[d.Format(time.DateOnly)] = true
			}
		}
		return days
	}
	cal := market.WorkCalendar{Holidays: read("holidays", c.Holidays), WorkDays: read("work_days", c.WorkDays)}
	return cal, errors.Join(errs...)
}
