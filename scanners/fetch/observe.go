package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"marketwarden/internal/netguard"
)

// Observation tells of one request that went over the network: that of a page, of each
// hop of a redirect, of robots.txt. What was forbidden before is none.
type Observation struct {
	// Outcome is the class of the answer's status (2xx, 3xx, 4xx, 5xx, other) or, where no
	// whole answer came, how far the request got: refused (by the address policy, when
	// dialling), dns, connect, tls, timeout, broken (off, or not to be decoded),
	// called_off (by the caller).
	Outcome string
	// Took lasts from the request to the end of what was read. Waiting for the pace is not
	// in it, waiting for one of the host's connections is.
	Took time.Duration
}

// Outcomes are the values of Observation.Outcome: there are no others.
func Outcomes() []string {
	return []string{
		"2xx", "3xx", "4xx", "5xx", "other",
		"refused", "dns", "connect", "tls", "timeout", "broken", "called_off",
	}
}

// outcome classifies what came of a request; caller is the context it was called with.
func outcome(caller context.Context, status int, at phase, err error) string {
	if err == nil {
		switch status / 100 {
		case 2:
			return "2xx"
		case 3:
			return "3xx"
		case 4:
			return "4xx"
		case 5:
			return "5xx"
		}
		return "other"
	}
	var timeout net.Error
	var cert *tls.CertificateVerificationError
	switch {
	case caller.Err() != nil:
		return "called_off"
	case errors.Is(err, netguard.ErrRefused):
		return "refused"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case at == phaseDNS:
		return "dns"
	case at == phaseConnect, at == phaseQueue:
		return "connect"
	case at == phaseTLS, errors.As(err, &cert):
		return "tls"
	}
	return "broken"
}
