package main

import (
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
)

// TestUnknownYears, with the calendar that docs/operations.md shows: it knows its year.
func TestUnknownYears(t *testing.T) {
	t.Parallel()
	configuration, _ := operations(t)
	var c struct {
		Calendar config.Calendar `yaml:"calendar"`
	}
	if err := yaml.Unmarshal([]byte(configuration), &c); err != nil {
		t.Fatal(err)
	}
	shown, err := c.Calendar.WorkCalendar()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		days market.WorkCalendar
		now  time.Time
		want []string
	}{
		{"in its year", shown, time.Date(2026, 10, 31, 23, 59, 0, 0, market.Shanghai), nil},
		{"the next was announced", shown, time.Date(2026, 10, 31, 16, 0, 0, 0, time.UTC), []string{"2027"}},
		{"after its year", shown, time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC), []string{"2027"}},
		{"without any", market.WorkCalendar{}, time.Date(2026, 12, 1, 0, 0, 0, 0, market.Shanghai), []string{"2026", "2027"}},
	} {
		if diff := cmp.Diff(test.want, unknownYears(test.days, test.now)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.name, diff)
		}
	}
}
