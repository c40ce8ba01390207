package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"marketwarden/internal/config"
)

func TestLogLevel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		level, command string
		verbose        bool
		want           slog.Level
	}{
		{"", "serve", false, slog.LevelInfo},
		{"", "worker", false, slog.LevelInfo},
		{"", "sweep", false, slog.LevelWarn},
		{"", "import <kind> <files>", false, slog.LevelWarn},
		{"", "sweep", true, slog.LevelDebug},
		{"error", "serve", false, slog.LevelError},
		{"info", "sweep", false, slog.LevelInfo},
		{"error", "serve", true, slog.LevelDebug},
	} {
		got, err := logLevel(&config.Log{Level: c.level}, c.verbose, c.command)
		if err != nil || got != c.want {
			t.Errorf("level %q, verbose %v, command %q: %v, %v; want %v", c.level, c.verbose, c.command, got, err, c.want)
		}
	}
	if _, err := logLevel(&config.Log{Level: "loud"}, false, "serve"); err == nil {
		t.Error(`the level "loud" was taken`)
	}
}

// TestLogLines: foreign text forges no line, moves no cursor and turns nothing round, in
// both formats, wherever it stands.
func TestLogLines(t *testing.T) {
	t.Parallel()
	const forged = `level=ERROR msg="all is lost"`
	foreign := []string{
		"a\n" + forged, "a\r\n" + forged, "a\u2028" + forged, "a\u0085" + forged, "a\x1b[2J\x1b[31m" + forged,
		"a\u009b2J" + forged, "a\u202e" + forged, "a\x00\x07\x7f", "a\xff\xfe" + forged, "a\u200b", `","level":"ERROR","x":"`, `" ` + forged,
	}
	for _, format := range []string{logText, logJSON} {
		for _, s := range foreign {
			for name, value := range map[string]any{"string": s, "error": errors.New(s), "wrapped": fmt.Errorf("open %s: %w", s, errors.New(s)), "bytes": []string{s}} {
				var b bytes.Buffer
				newLogger(&b, format, slog.LevelInfo).Info("unit not checked", "unit", value, "sweep", 1)
				line := b.String()
				if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
					t.Errorf("%s, %s of %q is not one line: %q", format, name, s, line)
				}
				if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool {
					return r < ' ' || (r >= 0x7f && r <= 0x9f) || strings.ContainsRune("\u2028\u2029\u202e\u200b", r)
				}); i >= 0 && name != "bytes" {
					t.Errorf("%s, %s of %q holds a control: %q", format, name, s, line)
				}
				if format == logText {
					if !strings.HasSuffix(line, " sweep=1\n") || strings.Contains(line, ` `+forged) && !strings.Contains(line, `\" `+forged) && !strings.Contains(line, `\"all`) {
						t.Errorf("text of %q: %q", s, line)
					}
					continue
				}
				var got map[string]any
				if err := json.Unmarshal(b.Bytes(), &got); err != nil || got["level"] != "INFO" || got["sweep"] != 1.0 {
					t.Errorf("JSON of %q: %v, %q", s, err, line)
				}
			}
		}
	}
}

// TestLogDurations: seconds, in both formats.
func TestLogDurations(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{logText: "took=1.234\n", logJSON: `"took":1.234}` + "\n"} {
		var b bytes.Buffer
		newLogger(&b, format, slog.LevelInfo).Info("batch ended", "took", 1234567*time.Microsecond)
		if !strings.HasSuffix(b.String(), want) {
			t.Errorf("%s: %q, want it to end in %q", format, b.String(), want)
		}
	}
}
