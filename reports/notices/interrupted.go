package notices

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
)

// EndInterrupted ends the notices that a process which died left half sent, and counts what
// became of them; those that are queued again are not counted. Deliver does the same: this
// is for who wants to know what is queued before. ErrBusy says that somebody delivers.
func (o *Outbox) EndInterrupted(ctx context.Context) (Counts, error) {
	var c Counts
	right, err := o.Store.BeginDelivery(ctx)
	if err != nil {
		return c, fmt.Errorf("end interrupted notices: %w", err)
	}
	defer right.End() //nolint:contextcheck // it has a bound of its own, and must happen though ctx ended
	return c, o.endInterrupted(ctx, right, &c)
}

// endInterrupted does EndInterrupted for who has the right to deliver.
func (o *Outbox) endInterrupted(ctx context.Context, right *store.Delivery, c *Counts) error {
	orphans, err := right.Orphans(ctx)
	if err != nil {
		return err
	}
	for i := range orphans {
		n := &orphans[i]
		state := store.NoticeUnknown
		if n.Channel == config.ChannelFolder {
			state = o.fateOfFiles(ctx, n)
		}
		err := right.EndOrphan(ctx, n, state, o.now())
		if errors.Is(err, store.ErrNoticeState) {
			continue // its process lives, and has just said what became of it
		}
		if err != nil {
			return err
		}
		o.log().Warn("a delivery of a notice was interrupted", "notice", n.Reference, "channel", n.Channel, "state", state)
		switch state {
		case store.NoticeSent:
			c.Sent++
		case store.NoticeUnknown:
			c.Unknown++
		}
	}
	return nil
}

// fateOfFiles is the state of a notice whose process died while it wrote the files. A
// folder that cannot be read, or is another one by now, tells nothing.
func (o *Outbox) fateOfFiles(ctx context.Context, n *store.Notice) string {
	dir, err := o.folder()
	if err == nil {
		var state string
		if state, err = (folder{dir: dir}).fate(n.Reference, n.SHA256); err == nil {
			return state
		}
	}
	o.log().WarnContext(ctx, "the folder of notices cannot be looked into", "notice", n.Reference, "error", err)
	return store.NoticeUnknown
}

// fate tells by the files what became of a notice that was being written when its process
// died: it is sent when its mail stands there as it was to be, and queued when the mail was
// not in place yet; then nothing of it is left lying. Where neither is so somebody may have
// taken the mail: that is unknown.
func (f folder) fate(reference, sum string) (string, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return "", err
	}
	unfinished := false
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "."+reference+".") || !strings.HasSuffix(e.Name(), partSuffix) {
			continue
		}
		switch err := os.Remove(filepath.Join(f.dir, e.Name())); {
		case err == nil:
			unfinished = unfinished || strings.HasPrefix(e.Name(), "."+reference+".eml.")
		case !errors.Is(err, os.ErrNotExist): // put in place meanwhile
			return "", err
		}
	}
	if unfinished {
		if err := os.Remove(filepath.Join(f.dir, reference+".html")); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		return store.NoticeQueued, nil
	}
	mail, err := os.ReadFile(filepath.Join(f.dir, reference+".eml"))
	if errors.Is(err, os.ErrNotExist) {
		return store.NoticeUnknown, nil
	}
	if err != nil {
		return "", err
	}
	if got := sha256.Sum256(mail); hex.EncodeToString(got[:]) == sum {
		return store.NoticeSent, nil
	}
	return store.NoticeUnknown, nil
}
