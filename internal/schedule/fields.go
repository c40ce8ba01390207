package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// field is one of the five, in their order.
type field struct {
	name     string
	min, max int
	names    []string // by number from min; empty for most
	hint     string   // how to write what is often got wrong
}

func fields() []field {
	return []field{
		{name: "minute", max: 59},
		{name: "hour", max: 23},
		{name: "day of month", min: 1, max: 31},
		{name: "month", min: 1, max: 12, names: []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
		{name: "day of week", max: 6, names: []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, hint: "; Sunday is 0 or sun"},
	}
}

// item is one member of a field's list: *, a value or a span of values, with a step or
// without.
var item = regexp.MustCompile(`^(?:\*|([0-9]{1,2}|[A-Za-z]{3})(?:-([0-9]{1,2}|[A-Za-z]{3}))?)(?:/([0-9]{1,6}))?$`)

// check refuses what the library reads otherwise than it looks, does not say well, or
// panics on. Blanks in spec are single.
func check(spec string) error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("cron %q: %w", shown(spec), fmt.Errorf(format, args...))
	}
	switch {
	case spec == "":
		return errors.New(`the cron line is empty; write five fields such as "30 1 * * *"`)
	case len(spec) > MaxSpec:
		return bad("the line is longer than %d bytes; write ranges and steps instead of lists", MaxSpec)
	case strings.HasPrefix(strings.ToUpper(spec), "TZ=") || strings.HasPrefix(strings.ToUpper(spec), "CRON_TZ="):
		return bad("the time zone does not belong into the line; write it under the key zone")
	case strings.HasPrefix(spec, "@"):
		return checkName(spec, bad)
	}
	given := strings.Fields(spec)
	all := fields()
	switch {
	case len(given) == len(all)+1 || len(given) == len(all)+2:
		return bad("there are %d fields; leave out seconds and years and write minute, hour, day of month, month and day of week", len(given))
	case len(given) != len(all):
		return bad("there must be five fields, not %d; write minute, hour, day of month, month and day of week", len(given))
	}
	for i, f := range all {
		for part := range strings.SplitSeq(given[i], ",") {
			if err := f.check(part); err != nil {
				return bad("%s: %w", f.name, err)
			}
		}
	}
	return nil
}

// checkName refuses short forms, but for those that mean fields.
func checkName(spec string, bad func(string, ...any) error) error {
	known := []string{"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"}
	name, _, _ := strings.Cut(spec, " ")
	switch {
	case name == "@every":
		return bad(`@every counts from the start of a process; write fields, such as "*/10 * * * *" for every ten minutes`)
	case name == "@reboot":
		return bad("@reboot counts starts of a process; write the time of day")
	case !slices.Contains(known, spec):
		return bad("there is no %s; write @hourly, @daily, @weekly, @monthly, @yearly or five fields", shown(spec))
	}
	return nil
}

// check refuses one member of a field's list.
func (f field) check(part string) error {
	m := item.FindStringSubmatch(part)
	if m == nil {
		return f.hintFor(part)
	}
	lo, hi := f.min, f.max
	if m[1] != "" {
		var err error
		if lo, err = f.value(m[1]); err != nil {
			return err
		}
		switch {
		case m[2] != "":
			if hi, err = f.value(m[2]); err != nil {
				return err
			}
		case m[3] == "":
			hi = lo
		}
	}
	if lo > hi {
		return fmt.Errorf("%s runs backwards; write two ranges, %s-%d,%d-%s", part, m[1], f.max, f.min, m[2])
	}
	if m[3] == "" {
		return nil
	}
	step, err := strconv.Atoi(m[3])
	switch {
	case err != nil || step < 1:
		return fmt.Errorf("the step of %s must be at least 1", part)
	case step > hi-lo:
		return fmt.Errorf("%s is never reached a second time, as the step is larger than the range; write %d alone if that is meant", part, lo)
	}
	return nil
}

// value reads a number or name of the field.
func (f field) value(s string) (int, error) {
	if i := slices.Index(f.names, strings.ToLower(s)); i >= 0 {
		return f.min + i, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < f.min || n > f.max {
		return 0, fmt.Errorf("%s must lie between %d and %d%s", s, f.min, f.max, f.hint)
	}
	return n, nil
}

// hintFor says how to write what other schedulers know and this one does not.
func (f field) hintFor(part string) error {
	upper := strings.ToUpper(part)
	switch {
	case part == "":
		return errors.New("an entry of the list is empty; leave out the comma")
	case strings.Contains(part, "?"):
		return errors.New("the sign ? is not known; write *")
	case strings.Contains(part, "#"):
		return errors.New("the sign # (the nth such day) is not known; write days of the month, such as 1-7 for the first week")
	case upper == "L" || strings.HasSuffix(upper, "L") || strings.HasPrefix(upper, "L-") || upper == "LW":
		return errors.New("the sign L (the last one) is not known; write a day that every month has, such as 28, or 1 for the day after the last")
	case strings.HasSuffix(upper, "W"):
		return errors.New("the sign W (the nearest weekday) is not known; write days of the week such as mon-fri")
	}
	return fmt.Errorf("%s cannot be read; write *, a number, a range such as 1-5, a list of them or a step such as */10", shown(part))
}

// shown cuts what somebody wrote so that it can be repeated in a message.
func shown(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	n := most
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
