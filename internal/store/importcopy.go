package store

import (
	"context"
	"encoding/binary"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// The rows of a feed go into the staging table in COPY's binary format, written here.
// pgx.CopyFrom would take them as []any and spends more time on boxing and planning the
// encoding of each value than the server needs to store it.

const (
	copyChunk  = 256 << 10
	copyChunks = 4 // in flight between parsing and sending
)

// copyWriter encodes rows and hands them over in chunks. Values of a row follow its
// begin in the order of the columns.
type copyWriter struct {
	ctx        context.Context // of the COPY; it ends both sides
	buf        []byte
	full, free chan []byte
}

// copyReader is the other end, read by the COPY.
type copyReader struct {
	ctx        context.Context
	rest, buf  []byte
	full, free chan []byte
	err        *error // of the writer; set before full is closed
}

// newCopyPipe returns both ends. The writer is for one goroutine, the reader for another.
func newCopyPipe(ctx context.Context, writerErr *error) (*copyWriter, *copyReader) {
	full, free := make(chan []byte, copyChunks), make(chan []byte, copyChunks+2)
	for range copyChunks + 2 {
		free <- make([]byte, 0, copyChunk+copyChunk/4)
	}
	w := &copyWriter{ctx: ctx, full: full, free: free, buf: <-free}
	w.buf = append(w.buf, "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	return w, &copyReader{ctx: ctx, full: full, free: free, err: writerErr}
}

// begin starts a row of n columns and hands over what was gathered when it is enough.
func (w *copyWriter) begin(n int) error {
	if len(w.buf) >= copyChunk {
		if err := w.flush(); err != nil {
			return err
		}
	}
	w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(n)) //nolint:gosec // a dozen columns
	return nil
}

func (w *copyWriter) flush() error {
	select {
	case w.full <- w.buf:
	case <-w.ctx.Done():
		return context.Cause(w.ctx)
	}
	select {
	case w.buf = <-w.free:
	case <-w.ctx.Done():
		return context.Cause(w.ctx)
	}
	return nil
}

// end writes the trailer and hands over the rest.
func (w *copyWriter) end() error {
	w.buf = append(w.buf, 0xff, 0xff)
	return w.flush()
}

func (w *copyWriter) null() { w.buf = append(w.buf, 0xff, 0xff, 0xff, 0xff) }

func (w *copyWriter) text(s string) {
	w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(len(s))) //nolint:gosec // rows are bounded to 1 MiB
	w.buf = append(w.buf, s...)
}

func (w *copyWriter) int8(v int64) {
	w.buf = append(w.buf, 0, 0, 0, 8)
	w.buf = binary.BigEndian.AppendUint64(w.buf, uint64(v)) //nolint:gosec // two's complement is the format
}

func (w *copyWriter) int4(v int) {
	w.buf = append(w.buf, 0, 0, 0, 4)
	w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(v)) //nolint:gosec // two's complement; bounded by the reader
}

func (w *copyWriter) bool(v bool) {
	b := byte(0)
	if v {
		b = 1
	}
	w.buf = append(w.buf, 0, 0, 0, 1, b)
}

// pgEpoch is where PostgreSQL's times and dates begin, in Unix seconds.
const pgEpoch = 946684800

// time writes a timestamptz; the zero time is NULL.
func (w *copyWriter) time(t time.Time) {
	if t.IsZero() {
		w.null()
		return
	}
	w.int8((t.Unix()-pgEpoch)*1e6 + int64(t.Nanosecond()/1000))
}

// date writes the day that t shows in its zone; the zero time is NULL.
func (w *copyWriter) date(t time.Time) {
	if t.IsZero() {
		w.null()
		return
	}
	y, m, d := t.Date()
	w.int4(int((time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() - pgEpoch) / 86400))
}

// texts writes a text[].
func (w *copyWriter) texts(list []string) {
	at := len(w.buf)
	w.buf = append(w.buf, 0, 0, 0, 0) // length, below
	be := binary.BigEndian
	if len(list) == 0 {
		w.buf = be.AppendUint32(w.buf, 0)
	} else {
		w.buf = be.AppendUint32(w.buf, 1)
	}
	w.buf = be.AppendUint32(w.buf, 0) // no NULLs
	w.buf = be.AppendUint32(w.buf, pgtype.TextOID)
	if len(list) > 0 {
		w.buf = be.AppendUint32(w.buf, uint32(len(list))) //nolint:gosec // rows are bounded
		w.buf = be.AppendUint32(w.buf, 1)                 // first index
	}
	for _, s := range list {
		w.text(s)
	}
	be.PutUint32(w.buf[at:], uint32(len(w.buf)-at-4)) //nolint:gosec // rows are bounded
}

// Read implements io.Reader.
func (r *copyReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.buf != nil {
			r.free <- r.buf[:0] // there is room for all that exist
			r.buf = nil
		}
		select {
		case buf, ok := <-r.full:
			if !ok {
				if *r.err != nil {
					return 0, *r.err
				}
				return 0, io.EOF
			}
			r.buf, r.rest = buf, buf
		case <-r.ctx.Done():
			return 0, context.Cause(r.ctx)
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// copyRows runs write in a goroutine of its own and sends what it encodes to the table
// staging. It returns after both have ended, with the error of write where there is one.
func copyRows(parent context.Context, tx pgx.Tx, write func(*copyWriter) error) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	var writeErr error
	w, r := newCopyPipe(ctx, &writeErr)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(w.full)
		if writeErr = write(w); writeErr == nil {
			writeErr = w.end()
		}
	}()
	_, err := tx.Conn().PgConn().CopyFrom(ctx, r, `COPY staging FROM STDIN (FORMAT binary)`)
	cancel()
	<-done
	switch {
	case parent.Err() != nil: // the COPY tells of a closed connection only
		return context.Cause(parent)
	case writeErr != nil && !isServerError(err):
		return writeErr
	}
	return err
}
