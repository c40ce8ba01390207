package notices

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
)

// TestInterruptedFolder: what the files tell of a notice whose process died while it wrote
// them. A mail that was in place is sent and never written again, whether or not somebody
// has taken it; of one that was not, nothing is left lying.
func TestInterruptedFolder(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after func(t *testing.T, base string) // what became of the files; base is the path without extension
		want  Counts
		state string
		files []string // extensions
		made  int32    // how often it is made out again
	}{
		"in place": {
			after: func(*testing.T, string) {},
			want:  Counts{Sent: 1}, state: store.NoticeSent, files: []string{".eml", ".html"},
		},
		"taken": {
			after: func(t *testing.T, base string) { t.Helper(); gone(t, base+".eml") },
			want:  Counts{Unknown: 1}, state: store.NoticeUnknown, files: []string{".html"},
		},
		"changed": {
			after: func(t *testing.T, base string) { t.Helper(); put(t, base+".eml") },
			want:  Counts{Unknown: 1}, state: store.NoticeUnknown, files: []string{".eml", ".html"},
		},
		"being written": {
			after: func(t *testing.T, base string) {
				t.Helper()
				gone(t, base+".eml")
				gone(t, base+".html")
				put(t, hidden(base, ".eml.1.part"))
			},
			want: Counts{Sent: 1}, state: store.NoticeSent, files: []string{".eml", ".html"}, made: 1,
		},
		"being put in place": {
			after: func(t *testing.T, base string) {
				t.Helper()
				gone(t, base+".eml")
				put(t, hidden(base, ".eml.1.part"))
			},
			want: Counts{Sent: 1}, state: store.NoticeSent, files: []string{".eml", ".html"}, made: 1,
		},
		"being put in place, and mended since": {
			after: func(t *testing.T, base string) {
				t.Helper()
				gone(t, base+".eml")
				put(t, hidden(base, ".eml.1.part"))
				put(t, hidden(base, ".html.1.part"))
			},
			want: Counts{Changed: 1}, state: store.NoticeDropped, made: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := outboxOf(t, 1, settings(config.ChannelFolder))
			var made atomic.Int32
			o.Compose = func(ctx context.Context, n store.Notice) (*Message, error) {
				if made.Add(1) > 1 && tt.state == store.NoticeDropped {
					return nil, dropAll(ctx, o.Store, &n)
				}
				return plainNotice(&n), nil
			}
			if _, err := o.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
			n := only(t, o.Store)
			// As a process leaves it that dies before it can say that it has sent the notice.
			if _, err := o.Store.Pool.Exec(t.Context(), `UPDATE notices SET state = 'sending', ended_at = NULL`); err != nil {
				t.Fatal(err)
			}
			base := filepath.Join(o.DataDir, "notices", n.Reference)
			tt.after(t, base)
			counts, err := o.Deliver(t.Context())
			if diff := cmp.Diff(tt.want, counts); diff != "" || err != nil {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
			if got := only(t, o.Store); got.State != tt.state || made.Load() != 1+tt.made {
				t.Errorf("it is %s, made out %d times, want %s and %d", got.State, made.Load(), tt.state, 1+tt.made)
			}
			var files []string
			entries, err := os.ReadDir(filepath.Dir(base))
			for _, e := range entries {
				files = append(files, e.Name()[min(len(n.Reference), len(e.Name())):])
			}
			if diff := cmp.Diff(tt.files, files); diff != "" || err != nil {
				t.Errorf("files, %v (-want +got)\n%s", err, diff)
			}
		})
	}
}

// TestInterruptedElsewhere: a folder that is not the one any more tells nothing.
func TestInterruptedElsewhere(t *testing.T) {
	t.Parallel()
	o := outboxOf(t, 1, settings(config.ChannelFolder))
	if _, err := o.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Store.Pool.Exec(t.Context(), `UPDATE notices SET state = 'sending', ended_at = NULL`); err != nil {
		t.Fatal(err)
	}
	o.Config.Folder = filepath.Join(t.TempDir(), "none")
	if counts, err := o.EndInterrupted(t.Context()); err != nil || counts != (Counts{Unknown: 1}) {
		t.Errorf("%+v, %v", counts, err)
	}
}

// TestTakenForDead: a process that wakes after another one has taken its notice over puts
// nothing in place.
func TestTakenForDead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	base := filepath.Join(dir, "MW-2026-000001")
	part, err := writePart(base+".eml", []byte("old"))
	if err != nil {
		t.Fatal(err)
	}
	if state, err := (folder{dir: dir}).fate("MW-2026-000001", ""); err != nil || state != store.NoticeQueued {
		t.Errorf("%s, %v", state, err)
	}
	if _, err := writeFiles(dir, &Message{Reference: "MW-2026-000001"}, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(part, base+".eml"); err == nil { // what the other one does when it wakes
		t.Error("the mail was replaced")
	}
}

// hidden is the path of a file that is being written.
func hidden(base, rest string) string {
	return filepath.Join(filepath.Dir(base), "."+filepath.Base(base)+rest)
}

func gone(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("something"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// dropAll leaves all items out of a notice, as the second look does.
func dropAll(ctx context.Context, s *store.Store, n *store.Notice) error {
	err := pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
		_, err := store.DropItems(ctx, tx, n.ID, map[int64]string{n.Items[0].Decision: "mended"}, time.Now())
		return err
	})
	if err == nil {
		err = ErrLater
	}
	return err
}
