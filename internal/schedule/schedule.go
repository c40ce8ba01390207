// Package schedule reads when something is to happen: a cron line of five fields and the
// time zone that it is read in. It wraps the parser and the calendar of robfig/cron and
// keeps its traps away from unattended nights.
//
// # What is refused
//
// Everything that would not do what it looks like, with a sentence on what to write
// instead: lines of other than five fields, a zone inside the line (the zone is a key of
// its own), @every and @reboot (they count from the start of a process, and nights are
// the same whichever process is up), steps beyond their range (*/70 fires once an hour),
// dates that never come (30 February), zones that are not known. @hourly, @daily,
// @weekly, @monthly and @yearly are accepted, as are names of months and days.
//
// Where both the day of the month and the day of the week are restricted, either is
// enough, as in every cron.
//
// # Clocks that are put forward and back
//
// A line with fixed hours means times of day. It fires when the clock on the wall first
// reaches that time or passes it: a time that is left out fires at the first instant
// after the gap, however many are left out at once; a time that comes twice fires the
// first time. So no night is skipped and none is run twice, where midnight does not exist
// or where a whole day is left out, too.
//
// A line whose hour field takes every hour means a beat. It fires at each instant whose
// time of day matches: in the repeated hour, too, and nothing is made up for a missing
// one.
//
// # What it does not do
//
// It starts nothing, waits for nothing and reads no clock; it has no state. Time zone data
// are built in for machines that have none. What became of a tick is known by the store.
package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zones are the same on machines without zone files, such as small containers

	"github.com/robfig/cron/v3"
)

// MaxSpec bounds a line in bytes. A list of all minutes takes less than 200.
const MaxSpec = 1000

// Schedule is a line and its zone. It is immutable and safe for concurrent use. It
// satisfies cron.Schedule.
type Schedule struct {
	spec  string
	wall  cron.Schedule // in UTC, standing for the clock on the wall
	zone  *time.Location
	every bool // the hour field takes every hour
}

// Parse reads a line such as "30 1 * * *" in an IANA zone such as "Asia/Shanghai". Errors
// say in one sentence what to write instead.
func Parse(spec, zone string) (*Schedule, error) {
	loc, err := loadZone(zone)
	if err != nil {
		return nil, err
	}
	spec = strings.Join(strings.Fields(spec), " ")
	if err := check(spec); err != nil {
		return nil, err
	}
	wall, err := parse(spec)
	if err != nil {
		return nil, err
	}
	const allHours = 1<<24 - 1
	s := &Schedule{spec: spec, wall: wall, zone: loc, every: wall.Hour&allHours == allHours}
	// Any leap year will do: what does not come within years of one never comes.
	if s.nextWall(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("cron %q: there is no such date in any year; write a day that the month has", spec)
	}
	return s, nil
}

// loadZone finds a zone by its name.
func loadZone(name string) (*time.Location, error) {
	const write = "write the name of an IANA time zone such as Asia/Shanghai"
	switch name {
	case "":
		return nil, errors.New("the time zone is missing; " + write)
	case "Local":
		return nil, errors.New("the time zone Local differs from machine to machine; " + write)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the time zone %q is not known; %s", shown(name), write)
	}
	return loc, nil
}

// parse runs the library's parser, which panics on some lines.
func parse(spec string) (_ *cron.SpecSchedule, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cron %q cannot be read (%v); write five fields such as \"30 1 * * *\"", spec, p)
		}
	}()
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	read, err := parser.Parse(spec)
	if err != nil {
		return nil, fmt.Errorf("cron %q: %w; write five fields such as \"30 1 * * *\"", spec, err)
	}
	s, ok := read.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("cron %q names no times of day; write five fields such as \"30 1 * * *\"", spec)
	}
	s.Location = time.UTC
	return s, nil
}

// String is the line and its zone.
func (s *Schedule) String() string { return s.spec + " " + s.zone.String() }

// Next returns the first tick strictly after a time, in the schedule's zone. It is never
// the zero time.
func (s *Schedule) Next(after time.Time) time.Time {
	if s.every {
		return s.nextBeat(after).In(s.zone)
	}
	return reached(s.nextWall(highest(after, s.zone)), s.zone).In(s.zone)
}

// nextWall returns the next time of day that matches, strictly after one. The library
// gives up after five years, but from 1896 to 1904 and from 2096 to 2104 there is no
// 29 February for eight. It is zero when none is found for longer than that.
func (s *Schedule) nextWall(after time.Time) time.Time {
	for range 3 {
		if w := s.wall.Next(after); !w.IsZero() {
			return w
		}
		after = time.Date(after.Year()+5, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Nanosecond)
	}
	return time.Time{}
}

// nextBeat looks for the next instant whose time of day matches, one stretch of unchanged
// clocks after the other.
func (s *Schedule) nextBeat(after time.Time) time.Time {
	for at := after.Add(time.Nanosecond); ; {
		offset, end := stretch(at, s.zone)
		t := s.nextWall(at.UTC().Add(offset - time.Nanosecond)).Add(-offset)
		if end.IsZero() || t.Before(end) {
			return t
		}
		at = end
	}
}
