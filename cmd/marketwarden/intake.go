package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode"

	"marketwarden/internal/config"
	"marketwarden/internal/market"
	"marketwarden/internal/safetext"
	"marketwarden/internal/store"
)

// intake is the import step of one night. What is the fault of a feed becomes a problem,
// and the next file is taken in all the same; an error ends the step, which is done again
// from its beginning: what was taken in already lies elsewhere, or changes nothing when it
// is taken in once more.
type intake struct {
	a        *app
	s        *store.Store
	day      time.Time                  // of the night
	note     func(problem string) error // keeps a problem for good
	done     []string
	problems []string
}

// intake takes in the configured feeds, one after the other in their order, for the night
// of a day. It says what was taken in and what was wrong, a text each, which may have
// several lines. Each problem is noted as soon as it is known, before the file that has it
// is moved: done again after a kill, the step would not meet it any more. An error means
// that the database failed, that note did, or that a.ctx has ended.
func (a *app) intake(s *store.Store, day time.Time, note func(problem string) error) (done, problems []string, err error) {
	in := intake{a: a, s: s, day: day, note: note}
	if len(a.cfg.Feeds) == 0 {
		in.did("no feeds are configured")
	}
	for i := range a.cfg.Feeds {
		f := &a.cfg.Feeds[i]
		if err := in.feed(f); err != nil {
			return in.done, in.problems, fmt.Errorf("feed %s: %w", f.Name, err)
		}
	}
	return in.done, in.problems, nil
}

func (in *intake) did(format string, args ...any) {
	in.done = append(in.done, strings.TrimSuffix(fmt.Sprintf(format, args...), "\n"))
}

// wrong takes note of a problem. Errors of the system name files as they are called, so
// the text is made safe to keep and to show.
func (in *intake) wrong(format string, args ...any) error {
	lines := strings.Split(strings.TrimSuffix(fmt.Sprintf(format, args...), "\n"), "\n")
	for i, line := range lines {
		lines[i] = safetext.Line(line)
	}
	text := strings.Join(lines, "\n")
	in.problems = append(in.problems, text)
	return in.note(text)
}

// feed takes in one feed, in the way of the import command.
func (in *intake) feed(f *config.Feed) error {
	c := importCmd{Kind: f.Kind, Files: []string{f.Name}, Map: f.Map, SkipBad: f.SkipBad, Snapshot: f.Snapshot}
	kind, opt, err := c.plan(in.a)
	if err != nil {
		return in.wrong("%s: nothing was taken in: %v", f.Name, err)
	}
	if f.Drop != "" {
		return in.dropped(f, kind, opt)
	}
	return in.printed(f, kind, opt)
}

// dropped takes in the files of a drop folder by their names.
func (in *intake) dropped(f *config.Feed, kind market.FeedKind, opt store.ImportOptions) error {
	d, err := openDrop(f.Drop, in.a.now())
	if err != nil {
		return in.wrong("%s: nothing was taken in: %v", f.Name, err)
	}
	defer d.close()
	names, left, err := d.list(f.Pattern)
	if err != nil {
		return in.wrong("%s: nothing was taken in: %v", f.Name, err)
	}
	for _, name := range left {
		if err := in.wrong("%s: %q in %s is no regular file and was left alone", f.Name, name, f.Drop); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		in.did("%s: no files in %s", f.Name, f.Drop)
	}
	files, err := in.settled(f, d, names)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := in.droppedFile(f, d, &file, kind, opt); err != nil {
			return err
		}
	}
	return nil
}

// droppedFile takes in one file and moves it out of the way.
func (in *intake) droppedFile(f *config.Feed, d *dropFolder, file *dropFile, kind market.FeedKind, opt store.ImportOptions) error {
	if !plainName(file.name) {
		return in.refuse(f, d, file, fmt.Sprintf("the name %q is no plain text", file.name))
	}
	if f.Covers == config.CoversName {
		r, err := coveredByName(file.name)
		if err != nil {
			return in.refuse(f, d, file, fmt.Sprintf("%s: %v", file.name, err))
		}
		opt.Covers = &r
	}
	src, err := d.open(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil // whoever laid it there has taken it back, or another night has taken it in
	case errors.Is(err, errWritten):
		return in.written(f, file)
	case err != nil:
		return in.wrong("%s: %s was left alone: %v", f.Name, filepath.Join(d.path, file.name), err)
	}
	defer src.Close()
	opt.Name, opt.Now = filepath.Join(d.path, file.name), in.a.now()
	opt.Unchanged = func() error { return d.unchanged(file, src) }
	end, err := in.take(f, src, kind, opt, d.done, d.free(d.done, file.name+".bad.csv"))
	if err == nil && !end.stored {
		err = opt.Unchanged() // half a file is refused for what is not its fault
	}
	switch {
	case errors.Is(err, errWritten):
		return in.written(f, file)
	case err != nil:
		return err
	case !end.stored:
		return in.refuse(f, d, file, strings.TrimSuffix(end.text, "\n"))
	}
	in.did("%s", end.text)
	if err := d.moveToDone(file); err != nil {
		return in.wrong("%s: %s was taken in, but could not be moved, and is taken in again next time: %v", f.Name, opt.Name, err)
	}
	return nil
}

// refuse moves a file that was not taken in, with the reason beside it.
func (in *intake) refuse(f *config.Feed, d *dropFolder, file *dropFile, reason string) error {
	target, err := d.reserveRefused(file.name, reason)
	if err != nil {
		return in.wrong("%s: %s\n%q could not be moved out of %s: %v", f.Name, reason, file.name, d.path, err)
	}
	if err := in.wrong("%s: %s\nmoved to %s", f.Name, reason, filepath.Join(d.refused.Name(), target)); err != nil {
		return errors.Join(err, d.freeRefused(target))
	}
	if err := d.move(file, d.refused, dropRefused, target); err != nil {
		err = errors.Join(err, d.refused.Remove(reasonName(target)))
		return in.wrong("%s: %q could not be moved out of %s: %v", f.Name, file.name, d.path, err)
	}
	return nil
}

// take imports an open feed. The rows that are left out, where the feed allows that, are
// kept under a name in a folder.
func (in *intake) take(f *config.Feed, src *os.File, kind market.FeedKind, opt store.ImportOptions, folder *os.Root, badName string) (imported, error) {
	if !f.SkipBad {
		res, err := in.s.Import(in.a.ctx, kind, src, opt)
		return importEnd(res, opt.Covers, err)
	}
	bad, err := createBadFile(folder, badName)
	if err != nil {
		return importEnd(nil, opt.Covers, usageError("%w", err))
	}
	res, err := importSkipping(in.a.ctx, in.s, kind, src, opt, bad)
	end, err := importEnd(res, opt.Covers, err)
	if bad.kept {
		end.text += fmt.Sprintf("%s: bad rows written to %s\n", opt.Name, filepath.Join(folder.Name(), badName))
	}
	return end, err
}

// printed takes in what a command prints.
func (in *intake) printed(f *config.Feed, kind market.FeedKind, opt store.ImportOptions) error {
	y, m, d := in.day.In(market.Shanghai).Date()
	from := time.Date(y, m, d-f.Days, 0, 0, 0, 0, market.Shanghai)
	asked := market.Range{From: from, To: time.Date(y, m, d, 0, 0, 0, 0, market.Shanghai)}
	last := asked.To.AddDate(0, 0, -1).Format(time.DateOnly)
	if f.Covers == config.CoversCommand {
		opt.Covers = &asked
	}
	words := strings.NewReplacer("{from}", from.Format(time.DateOnly), "{to}", last)
	c := feedCommand{timeout: f.Timeout, most: config.MaxFeedOutput}
	for _, arg := range f.Command {
		c.args = append(c.args, words.Replace(arg))
	}
	out, problem, err := c.run(in.a.ctx)
	if err != nil {
		return err
	}
	if problem != "" {
		return in.wrong("%s: nothing was taken in: the command %s", f.Name, problem)
	}
	defer out.Close()
	var folder *os.Root
	if f.SkipBad {
		if folder, err = openBadFolder(in.a.cfg.DataDir); err != nil {
			return in.wrong("%s: nothing was taken in: %v", f.Name, err)
		}
		defer folder.Close()
	}
	opt.Name, opt.Now = f.Name, in.a.now()
	end, err := in.take(f, out, kind, opt, folder, fileName(f.Name)+"-"+last+".bad.csv")
	switch {
	case err != nil:
		return err
	case !end.stored:
		return in.wrong("%s", end.text)
	}
	in.did("%s", end.text)
	return nil
}

// openBadFolder opens the folder of the data folder that takes the bad rows of commands.
func openBadFolder(dataDir string) (*os.Root, error) {
	path := filepath.Join(dataDir, "feeds")
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	return os.OpenRoot(path)
}

// fileName makes a feed's name fit for a file's.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' {
			return r
		}
		return '_'
	}, s)
}

// covered finds the days that a file's name says it covers.
var covered = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}\.\.[0-9]{4}-[0-9]{2}-[0-9]{2}`)

func coveredByName(name string) (market.Range, error) {
	found := covered.FindString(name)
	if found == "" {
		return market.Range{}, errors.New("the name does not say which days the orders cover, as in orders-2026-01-01..2026-01-31.csv")
	}
	return market.ParseRange(found)
}
