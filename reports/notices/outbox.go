package notices

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"path/filepath"
	"time"

	"marketwarden/internal/config"
	"marketwarden/internal/store"
)

// ErrBusy says that another process is delivering and did not end within a few seconds.
// What is queued is delivered by that process or by the next.
var ErrBusy = store.ErrDelivering

// ErrLater is Outbox.Compose's way to leave a notice as it is: it is not to be handed
// over by this delivery, and that is no failed attempt.
var ErrLater = errors.New("not by this delivery")

// Outbox hands queued notices to the configured channel. Its fields are set once; it
// keeps nothing between two deliveries.
type Outbox struct {
	Store  *store.Store
	Config config.Notices
	// Compose makes a notice's message of its live items. An error that is ErrRecipient
	// fails the notice for good, one that is ErrLater leaves it alone; any other one puts it
	// off, to be tried again.
	Compose func(ctx context.Context, n store.Notice) (*Message, error)
	// DataDir holds the folder of notices where the configuration names none.
	DataDir string
	// Provider narrows the delivery to one provider; "" = all.
	Provider string
	// Patience is for how long a delivery, after it has tried each once, waits for notices
	// that were put off, by earlier deliveries too, and tries them again; 0 = it does not.
	Patience time.Duration
	// Now is the clock; nil = time.Now.
	Now func() time.Time
	Log *slog.Logger // nil = slog.Default()
}

// Counts is what a delivery did.
type Counts struct {
	Sent    int // those among them that an earlier process had put into a folder before it died
	Failed  int // certainly not sent, and not tried again
	PutOff  int // certainly not sent, queued again and not tried again within Patience
	Unknown int // for a person to settle, those that an earlier process left in sending among them
	Changed int // taken away or changed by somebody else meanwhile, or ErrLater; a later delivery looks again
	Left    int // due, but not tried because the channel seems down or the delivery was told to stop
}

// Undelivered reports whether something is left for a person or a later delivery.
func (c Counts) Undelivered() bool { return c.Failed+c.PutOff+c.Unknown+c.Changed+c.Left > 0 }

// channel hands a message over. raw is the message as mail, as it is stored.
//
// The answer is what the other side said, for the record. An error is a *SendError; any
// other one leaves unknown whether the message was sent. When ctx ends before the
// message is on its way the channel gives up; after that it goes on within its time-out.
type channel interface {
	send(ctx context.Context, m *Message, raw []byte) (answer string, err error)
}

// open makes the configured channel. An error is the operator's to mend.
func (o *Outbox) open() (channel, error) {
	switch o.Config.Channel {
	case config.ChannelFolder:
		dir, err := o.folder()
		return folder{dir: dir}, err
	case config.ChannelSMTP:
		return newSMTP(o.Config.SMTP)
	case config.ChannelWebhook:
		return newWebhook(o.Config.Webhook, o.now)
	}
	return nil, fmt.Errorf("there is no channel %q", o.Config.Channel)
}

// folder is where the channel folder writes.
func (o *Outbox) folder() (string, error) {
	switch {
	case o.Config.Folder != "":
		return o.Config.Folder, nil
	case o.DataDir == "":
		return "", errors.New("notices.folder is missing, and there is no data folder")
	}
	return filepath.Join(o.DataDir, "notices"), nil
}

// Check reports what is wrong with the configured channel: a file that cannot be read, a
// missing key. It connects to nobody.
func (o *Outbox) Check() error {
	_, err := o.open()
	return err
}

// recipient is the address in To without the name before it, "" where there is none.
func (m *Message) recipient() string {
	a, err := netmail.ParseAddress(m.To)
	if err != nil {
		return ""
	}
	return a.Address
}

func (o *Outbox) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

func (o *Outbox) log() *slog.Logger {
	if o.Log == nil {
		return slog.Default()
	}
	return o.Log
}
