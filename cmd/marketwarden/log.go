package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"marketwarden/internal/config"
	"marketwarden/internal/safetext"
)

// Formats of the log.
const (
	logText = "text"
	logJSON = "json"
)

// unattended are the commands whose news nobody watches and somebody reads later.
func unattended(command string) bool {
	name, _, _ := strings.Cut(command, " ")
	return name == "serve" || name == "worker"
}

// logLevel is the level for a command: what the user says, or what fits the command.
func logLevel(cfg *config.Log, verbose bool, command string) (slog.Level, error) {
	var level slog.Level
	switch {
	case verbose:
		return slog.LevelDebug, nil
	case cfg.Level != "":
		if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
			return level, fmt.Errorf("log.level: %w", err)
		}
		return level, nil
	case unattended(command):
		return slog.LevelInfo, nil
	}
	return slog.LevelWarn, nil
}

// newLogger makes the log of the process: one line an entry, whatever foreign text is in
// it. The text handler quotes what does not print; the JSON handler escapes line ends and
// controls of ASCII, and logAttr the rest.
func newLogger(w io.Writer, format string, level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: logAttr}
	if format == logJSON {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// logAttr writes durations as seconds, which both people and machines read, and makes
// characters visible that would move the cursor or turn the reading direction.
func logAttr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindDuration:
		a.Value = slog.Float64Value(float64(a.Value.Duration().Milliseconds()) / 1000)
	case slog.KindString:
		a.Value = slog.StringValue(visible(a.Value.String()))
	case slog.KindAny:
		switch v := a.Value.Any().(type) {
		case error:
			a.Value = slog.StringValue(visible(v.Error()))
		case fmt.Stringer:
			a.Value = slog.StringValue(visible(v.String()))
		}
	default: // numbers, times and groups hold no foreign text of their own
	}
	return a
}

// visible writes characters that are not seen as escapes, from DEL on: those before it are
// escaped by the handlers.
func visible(s string) string {
	hidden := func(r rune) bool { return r >= '\x7f' && (safetext.Unseen(r) || safetext.Breaks(r)) }
	if strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
